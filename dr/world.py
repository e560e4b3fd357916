"""What the doors see, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """A member of a database cluster as Patroni lists it. `role`: leader, sync_standby, replica; `lag` in bytes."""

    name: str
    host: str
    role: str
    state: str
    timeline: int | None
    lag: int | None

    @property
    def is_leader(self) -> bool:
        return self.role == "leader"

    @property
    def works(self) -> bool:
        """True when it runs: as the leader, or as a copy that receives the leader's stream."""
        return self.state in ("streaming", "running")


@dataclass(frozen=True)
class Lease:
    """The leader key as a majority of etcd tells it; `synchronous` are the members that have every acknowledged row."""

    holder: str
    lease_id: int
    synchronous: tuple[str, ...]


@dataclass(frozen=True)
class Grant:
    """The lease: which centre may serve a system (None: nobody), by the word of a majority of etcd.

    `token` only ever grows; `run` is the drill that wrote it, `proof` why the centre before it is silent, `revision`
    etcd's number of the record (0: there is none yet).
    """

    system: str
    centre: str | None
    token: int
    run: str
    proof: str
    revision: int = 0


@dataclass(frozen=True)
class Gate:
    """The gate before a database member as it decided just now: open to clients or not, and the newest token it saw."""

    open: bool
    token: int
    why: str


@dataclass(frozen=True)
class Tokens:
    """Of one service address on one router: the newest fencing token seen there, and the one it is held with."""

    newest: int
    held: int


@dataclass(frozen=True)
class Fence:
    """Proof of a fence at one place: what its routers refuse and drop, as read from themselves. `dead` are those (by
    address) that have no fence because they are proved to route nothing."""

    place: str
    active: bool
    refuses_routes: bool
    drops_traffic: bool
    dead: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return self.active and self.refuses_routes and self.drops_traffic


@dataclass(frozen=True)
class Neighbour:
    """A BGP session of a router."""

    address: str
    asn: int
    established: bool


@dataclass(frozen=True)
class Route:
    """The best route to an address: who announces it (the last ASN of the path) and over which interfaces."""

    origin_asn: int | None
    interfaces: tuple[str, ...]


@dataclass(frozen=True)
class Power:
    """A server of a cloud: Nova's status, and whether its host is up."""

    status: str
    host_up: bool


@dataclass(frozen=True)
class Room:
    """Bytes that a copy would take, and bytes free where it would lie."""

    needed: int
    free: int


@dataclass(frozen=True)
class Isolation:
    """What a bubble's network looks like from inside: its interfaces, its routes off the machine, and which of the
    addresses that it must not reach answered."""

    interfaces: tuple[str, ...]
    routes: int
    reached: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return self.interfaces == ("lo",) and not self.routes and not self.reached


@dataclass(frozen=True)
class Entries:
    """The ledger's records until a moment: how many, a digest over all of them in order; and how many came `later`."""

    rows: int
    digest: str
    later: int


@dataclass(frozen=True)
class Copy:
    """One copy as its upstream member sees it (`pg_stat_replication`); `lag_bytes` not yet on its disk."""

    name: str
    state: str
    sync: str
    lag_bytes: int


@dataclass(frozen=True)
class Sample:
    """What one member saw of its copies at one moment; `at` in epoch seconds of the member's clock."""

    member: str
    at: float
    leads: bool
    copies: tuple[Copy, ...]


Rows = Mapping[int, Mapping[str, int]]  # chain number -> kind of row -> how many
