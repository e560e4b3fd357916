"""What a step is given: the pinned plan and site, the doors to the world, a clock and a place for notes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from dr.approvers import Key
from dr.plan import Plan
from dr.world import Fence, Gate, Grant, Lease, Member, Neighbour, Route, Rows, Tokens
from inventory.error import MedcloudError
from inventory.model import Site

Evidence = dict[str, Any]
T = TypeVar("T")


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Disaster(Protocol):
    """Who takes the centre away and gives it back: a lab, or a person. Safe to repeat; says what was done."""

    def strike(self, centre: str) -> str: ...
    def heal(self, centre: str) -> str: ...


class DatabaseDoor(Protocol):
    """One PostgreSQL cluster, spoken to through its members (Patroni, etcd, psql)."""

    def members(self) -> tuple[Member, ...]: ...
    def lease(self) -> Lease | None: ...
    def revoke(self, lease: Lease) -> None: ...
    def writable(self, member: str) -> bool: ...
    def failover(self, candidate: str) -> None: ...
    def switchover(self, leader: str, candidate: str) -> None: ...
    def stop(self, member: str) -> None: ...
    def start(self, member: str) -> None: ...
    def reinitialise(self, member: str) -> None: ...
    def member_of(self, centre: str) -> str: ...
    def gate(self, member: str) -> Gate: ...
    def prepare_ledger(self, password: str) -> None: ...
    def rows(self, run_id: str) -> Rows: ...


class LeaseDoor(Protocol):
    """Who may serve which system, kept by a majority of etcd; `grant_next` is None when somebody else was quicker."""

    def grant(self, system: str) -> Grant | None: ...
    def grant_next(self, grant: Grant) -> Grant | None: ...


class NetworkDoor(Protocol):
    """Routers and edges by place name: service addresses, fences, routes."""

    def routers(self) -> tuple[str, ...]: ...
    def hold(self, place: str, address: str, token: int = 0) -> None: ...
    def release(self, place: str, address: str) -> None: ...
    def see(self, place: str, address: str, token: int) -> None: ...
    def tokens(self, place: str, address: str) -> Tokens: ...
    def holds(self, place: str, address: str) -> bool: ...
    def fence(self, place: str, centre: str) -> None: ...
    def lift(self, place: str, centre: str) -> None: ...
    def fence_of(self, place: str, centre: str) -> Fence: ...
    def neighbours(self, place: str) -> tuple[Neighbour, ...]: ...
    def route(self, place: str, address: str) -> Route | None: ...
    def forget(self, place: str) -> None: ...


class WardDoor(Protocol):
    """The ward's workstation, where the ledger is written."""

    def start(self, run_id: str, config: Mapping[str, Any]) -> None: ...
    def running(self, run_id: str) -> bool: ...
    def stop(self, run_id: str) -> None: ...
    def ledger(self, run_id: str) -> str: ...


class ImagingDoor(Protocol):
    """One picture archive (PACS)."""

    def answers(self, centre: str) -> bool: ...
    def stored(self, centre: str) -> frozenset[str]: ...
    def copy(self, source: str, uids: frozenset[str]) -> None: ...


@dataclass(frozen=True)
class Context:
    """Everything a step may touch. `secret` gives a named secret; `note` writes a line into the journal; `approvers`
    are the people who can sign, by name."""

    run_id: str
    plan: Plan
    site: Site
    folder: Path
    clock: Clock
    disaster: Disaster
    network: NetworkDoor
    leases: LeaseDoor
    ward: WardDoor
    database: Callable[[str], DatabaseDoor]
    imaging: Callable[[str], ImagingDoor]
    secret: Callable[[str], str]
    note: Callable[[str], None]
    approvers: Mapping[str, Key] = field(default_factory=dict)


def wait_until(clock: Clock, what: str, look: Callable[[], T | None], patience: float, every: float = 0.25) -> T:
    """Look until something is seen and return it; what `look` cannot reach counts as not seen yet.

    Raises MedcloudError that says what was awaited and what stood in the way after `patience` seconds.
    """
    end = clock.monotonic() + patience
    trouble = ""
    while True:
        try:
            seen = look()
        except MedcloudError as error:
            seen, trouble = None, f"; last trouble: {error.message}"
        if seen is not None and seen is not False:
            return seen
        if clock.monotonic() >= end:
            raise MedcloudError(f"{what}: not seen within {patience:g} s{trouble}")
        clock.sleep(every)
