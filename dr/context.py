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
from dr.world import (
    Entries,
    Fence,
    Gate,
    Grant,
    Isolation,
    Lease,
    Member,
    Neighbour,
    Power,
    Room,
    Route,
    Rows,
    Sample,
    Tokens,
)
from inventory.error import MedcloudError
from inventory.model import Site
from monitors.probes.backup import BackupState
from monitors.probes.replication import Cluster

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
    """Who takes the centre away and gives it back: a lab, or a person. Safe to repeat; says what was done.
    `standing`: the places, machines and lines that are broken on purpose right now."""

    def strike(self, centre: str) -> str: ...
    def heal(self, centre: str) -> str: ...
    def standing(self) -> tuple[str, ...]: ...


class DatabaseDoor(Protocol):
    """One PostgreSQL cluster, spoken to through its members (Patroni, etcd, psql)."""

    def members(self) -> tuple[Member, ...]: ...
    def lease(self) -> Lease | None: ...
    def revoke(self, lease: Lease, candidate: str) -> None: ...
    def writable(self, member: str) -> bool: ...
    def ahead(self, member: str) -> int: ...
    def failover(self, candidate: str) -> None: ...
    def switchover(self, leader: str, candidate: str) -> None: ...
    def stop(self, member: str) -> None: ...
    def start(self, member: str) -> None: ...
    def reinitialise(self, member: str) -> None: ...
    def member_of(self, centre: str) -> str: ...
    def gate(self, member: str) -> Gate: ...
    def prepare_ledger(self, password: str) -> None: ...
    def rows(self, run_id: str) -> Rows: ...
    def written_runs(self) -> frozenset[str]: ...
    def forget_rows(self, run_id: str) -> None: ...
    def busy(self) -> int: ...
    def now(self) -> str: ...
    def begun_before(self, moment: str) -> int: ...
    def close_log(self) -> str: ...
    def entries(self, until: str, after: str) -> Entries: ...


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


class PreferenceDoor(Protocol):
    """Which copy of a database is the synchronous one: as declared, or another that was chosen."""

    def choose(self, centre: str) -> None: ...
    def reset(self) -> None: ...
    def chosen(self) -> str | None: ...


class WatchDoor(Protocol):
    """Samples of a database's protection, taken on its own members by units that outlive whoever started them."""

    def start(self, run_id: str) -> None: ...
    def stop(self, run_id: str) -> None: ...
    def samples(self, run_id: str) -> tuple[Sample, ...]: ...


class BubbleDoor(Protocol):
    """A system's copy in a bubble beside its real copy in a centre: own instance, own network, no route."""

    def room(self, centre: str) -> Room: ...
    def make(self, centre: str, run_id: str) -> Evidence: ...
    def made_at(self, centre: str, run_id: str) -> float: ...
    def isolation(self, centre: str, run_id: str, forbidden: tuple[str, ...]) -> Isolation: ...
    def holds(self, centre: str, run_id: str, of_run: str) -> frozenset[str]: ...
    def write(self, centre: str, run_id: str) -> frozenset[str]: ...
    def remove(self, centre: str, run_id: str) -> None: ...


class BackupDoor(Protocol):
    """A database's backups on their repository, and restored copies beside them: own data, port and no network."""

    def state(self) -> BackupState: ...
    def room(self) -> Room: ...
    def segment(self, name: str) -> bool: ...
    def chosen(self, run_id: str) -> tuple[str, str] | None: ...
    def choose(self, run_id: str, moment: str, settled: str) -> None: ...
    def restore(self, run_id: str, moment: str) -> Evidence: ...
    def entries(self, run_id: str, until: str, after: str) -> Entries: ...
    def remove(self, run_id: str) -> None: ...


class CloudDoor(Protocol):
    """A centre's private cloud: its servers by name, and their power."""

    def servers(self) -> Mapping[str, Power]: ...
    def start(self, names: tuple[str, ...]) -> None: ...
    def stop(self, names: tuple[str, ...]) -> None: ...


def _missing(*_: object) -> Any:
    raise MedcloudError("this drill was opened without that door", "run it by `medcloud drill`")


def _no_faults() -> tuple[str, ...]:
    return ()


def _nothing_hidden() -> list[str]:
    return []


@dataclass(frozen=True)
class Context:
    """Everything a step may touch. `secret` gives a named secret; `note` writes a line into the journal;
    `approvers` are the people who can sign, by name.

    `replication` reads a database's members, `faults` names what is broken on purpose right now, `play` runs a playbook
    on some hosts, `probe` looks with a probe of `monitors` at a target, `tell` reaches people at a place. `inspect`
    asks a machine for parts of its state and its log of so many seconds; `hidden` are values that nothing may show.
    """

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
    replication: Callable[[str], Cluster] = _missing
    preference: Callable[[str], PreferenceDoor] = _missing
    watch: Callable[[str], WatchDoor] = _missing
    bubble: Callable[[str], BubbleDoor] = _missing
    backup: Callable[[str], BackupDoor] = _missing
    cloud: Callable[[str], CloudDoor] = _missing
    faults: Callable[[], tuple[str, ...]] = _no_faults
    play: Callable[[str, str], Evidence] = _missing
    probe: Callable[[str, str], Evidence] = _missing
    tell: Callable[[str, str], str] = _missing
    inspect: Callable[[str, int], Mapping[str, str]] = _missing
    hidden: Callable[[], list[str]] = _nothing_hidden


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
