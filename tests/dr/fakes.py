"""A small world in memory behind the doors: what a step did is in `effects`, what it saw follows from the state."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dr.context import Context
from dr.plan import Plan
from dr.planner import standard
from dr.world import (
    Copy,
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
from inventory.addresses import service_address
from inventory.error import MedcloudError
from inventory.model import Site
from inventory.placement import instances
from monitors.probes import replication as probe
from monitors.probes.backup import BackupState
from monitors.reading import Unread

PRODUCTION, SAME_CITY, REMOTE, CAMPUS = "software-park-2", "gaodian", "fuzhou", "main-hospital"
HIS, PACS = "his-database", "pacs"
BACKUP = BackupState(
    HIS, "20261122-010000F", 60.0, 60.0, 1_000, 300, True, True, 30.0, "whole", "0001", False, 21_600.0
)


class FakeClock:
    """Time that passes only while somebody sleeps; `on_sleep` lets the world change meanwhile."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.on_sleep: list[Any] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for act in list(self.on_sleep):
            act()


@dataclasses.dataclass
class World:
    """Everything the fakes know. `gone` are centres that nobody reaches."""

    site: Site
    effects: list[str] = dataclasses.field(default_factory=list)
    gone: set[str] = dataclasses.field(default_factory=set)
    leader: str | None = PRODUCTION
    lease: str | None = PRODUCTION
    synchronous: tuple[str, ...] = (SAME_CITY,)
    majority: bool = True
    stopped: set[str] = dataclasses.field(default_factory=set)
    states: dict[str, str] = dataclasses.field(default_factory=dict)
    timelines: dict[str, int] = dataclasses.field(default_factory=dict)
    lags: dict[str, int] = dataclasses.field(default_factory=dict)
    fences: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    weak: set[str] = dataclasses.field(default_factory=set)
    dead_edges: tuple[str, ...] = ()  # of the campus
    grants: dict[str, Grant] = dataclasses.field(default_factory=dict)
    tokens: dict[tuple[str, str], Tokens] = dataclasses.field(default_factory=dict)
    stuck_gates: set[str] = dataclasses.field(default_factory=set)
    forked: set[str] = dataclasses.field(default_factory=set)
    held: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    ledger: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    writing: bool = False
    stored: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    rows: dict[int, dict[str, int]] = dataclasses.field(default_factory=dict)
    earlier: set[str] = dataclasses.field(default_factory=set)  # runs that left rows in the database
    busy: int = 0
    lag_seconds: float | None = 0.0
    unread: set[str] = dataclasses.field(default_factory=set)
    positions: dict[str, int] = dataclasses.field(default_factory=dict)
    preferred: str | None = None
    samples: list[Sample] = dataclasses.field(default_factory=list)
    watching: bool = False
    bubbles: dict[tuple[str, str], set[str]] = dataclasses.field(default_factory=dict)
    bubble_reaches: tuple[str, ...] = ()
    free_bytes: int = 10_000
    powers: dict[str, str] = dataclasses.field(default_factory=dict)
    hosts_down: set[str] = dataclasses.field(default_factory=set)
    faults: tuple[str, ...] = ()
    probed: dict[str, Any] = dataclasses.field(default_factory=dict)
    backup: BackupState = BACKUP
    unended: int = 0
    later: int = 30
    late_segments: int = 0
    restored: dict[str, Entries] = dataclasses.field(default_factory=dict)
    moments: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    spoilt: Entries | None = None
    clock: FakeClock = dataclasses.field(default_factory=FakeClock)

    def do(self, effect: str) -> None:
        self.effects.append(effect)

    def reach(self, centre: str) -> None:
        if centre in self.gone:
            raise MedcloudError(f"{centre}: unreachable")

    def acknowledge(self, chain: int, wall: float, server: str = PRODUCTION) -> None:
        """One chain in the ward's book and in the database."""
        self.ledger.append({"kind": "connect", "server": address_of(server), "wall": wall, "mono": wall})
        self.ledger.append({"kind": "chain", "n": chain, "wall": wall, "mono": wall})
        self.rows[chain] = dict.fromkeys(("register", "order", "result", "charge"), 1)


def address_of(centre: str) -> str:
    return f"db.{centre}"


class FakeDatabase:
    def __init__(self, world: World) -> None:
        self.world = world

    def member_of(self, centre: str) -> str:
        return f"db-{centre}"

    def members(self) -> tuple[Member, ...]:
        return tuple(
            self._member(centre) for centre in (PRODUCTION, SAME_CITY, REMOTE) if centre not in self.world.gone
        )

    def _member(self, centre: str) -> Member:
        world = self.world
        if centre == world.leader:
            return Member(self.member_of(centre), address_of(centre), "leader", "running", 2, None)
        role = "sync_standby" if centre in world.synchronous else "replica"
        state = "stopped" if centre in world.stopped else world.states.get(centre, "streaming")
        timeline, lag = world.timelines.get(centre, 2), world.lags.get(centre, 0)
        return Member(self.member_of(centre), address_of(centre), role, state, timeline, lag)

    def lease(self) -> Lease | None:
        if not self.world.majority:
            raise MedcloudError("no majority")
        if self.world.lease is None:
            return None
        return Lease(self.member_of(self.world.lease), 7, tuple(self.member_of(c) for c in self.world.synchronous))

    def revoke(self, lease: Lease, candidate: str) -> None:
        self.world.do(f"revoke the lease of {lease.holder} for {candidate}")
        self.world.lease = None

    def writable(self, member: str) -> bool:
        return self.world.leader is not None and member == self.member_of(self.world.leader)

    def ahead(self, member: str) -> int:
        return 4096 if member.removeprefix("db-") in self.world.forked else -16

    def gate(self, member: str) -> Gate:
        centre = member.removeprefix("db-")
        self.world.reach(centre)
        grant = self.world.grants.get(HIS)
        mine = grant is None or grant.centre == centre
        return Gate(mine or centre in self.world.stuck_gates, grant.token if grant else 0, "as the lease says")

    def failover(self, candidate: str) -> None:
        self.world.do(f"failover to {candidate}")
        self.lead(candidate.removeprefix("db-"))

    def switchover(self, leader: str, candidate: str) -> None:
        self.world.do(f"switchover from {leader} to {candidate}")
        self.lead(candidate.removeprefix("db-"))

    def lead(self, centre: str) -> None:
        self.world.leader = self.world.lease = centre

    def stop(self, member: str) -> None:
        centre = member.removeprefix("db-")
        self.world.reach(centre)
        self.world.do(f"stop {member}")
        self.world.stopped.add(centre)

    def start(self, member: str) -> None:
        centre = member.removeprefix("db-")
        self.world.reach(centre)
        self.world.do(f"start {member}")
        self.world.stopped.discard(centre)

    def reinitialise(self, member: str) -> None:
        self.world.do(f"reinitialise {member}")
        self.world.forked.discard(member.removeprefix("db-"))
        self.world.states[member.removeprefix("db-")] = "streaming"
        self.world.timelines.pop(member.removeprefix("db-"), None)

    def prepare_ledger(self, password: str) -> None:
        self.world.do("prepare the ledger's database")

    def rows(self, run_id: str) -> Rows:
        return {} if run_id.startswith("bubble-") else self.world.rows

    def written_runs(self) -> frozenset[str]:
        return frozenset(self.world.earlier)

    def forget_rows(self, run_id: str) -> None:
        self.world.do(f"forget the rows of {run_id}")
        self.world.earlier.discard(run_id)

    def busy(self) -> int:
        return self.world.busy

    def now(self) -> str:
        self.world.clock.seconds += 0.001
        return str(self.world.clock.now())

    def begun_before(self, moment: str) -> int:
        self.world.unended -= self.world.unended > 0
        return self.world.unended

    def close_log(self) -> str:
        self.world.do("close the log's segment")
        return "000000010000000000000007"

    def entries(self, until: str, after: str) -> Entries:
        return Entries(len(self.world.rows) * 4, "same", self.world.later)


class FakeBackup:
    """A repository with one backup; `spoilt` is what a restore brings back instead of production's own records."""

    def __init__(self, world: World) -> None:
        self.world = world

    def state(self) -> BackupState:
        return self.world.backup

    def room(self) -> Room:
        return Room(self.world.backup.size_bytes, self.world.free_bytes)

    def segment(self, name: str) -> bool:
        self.world.late_segments -= 1
        return self.world.late_segments < 0

    def chosen(self, run_id: str) -> tuple[str, str] | None:
        return self.world.moments.get(run_id)

    def choose(self, run_id: str, moment: str, settled: str) -> None:
        self.world.moments[run_id] = (moment, settled)

    def restore(self, run_id: str, moment: str) -> dict[str, Any]:
        if run_id not in self.world.restored:
            self.world.do(f"restore to {moment}")
            self.world.restored[run_id] = self.world.spoilt or Entries(len(self.world.rows) * 4, "same", 0)
        return {"backup": self.world.backup.label, "log_position": "0/7000000"}

    def entries(self, run_id: str, until: str, after: str) -> Entries:
        return self.world.restored[run_id]

    def remove(self, run_id: str) -> None:
        self.world.do("remove the restored copy")
        self.world.restored.pop(run_id, None)


class FakeLeases:
    """etcd with one record a system; `interloper` writes once before us."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.interloper: Grant | None = None

    def grant(self, system: str) -> Grant | None:
        if not self.world.majority:
            raise MedcloudError("no majority of etcd")
        return self.world.grants.get(system)

    def grant_next(self, grant: Grant) -> Grant | None:
        if self.interloper is not None:
            self.world.grants[grant.system], self.interloper = self.interloper, None
        now = self.grant(grant.system)
        if (now.revision if now else 0) != grant.revision:
            return None
        self.world.do(f"{grant.centre or 'nobody'} may serve {grant.system} with token {grant.token}")
        self.world.grants[grant.system] = dataclasses.replace(grant, revision=grant.revision + 1)
        return self.world.grants[grant.system]


class FakeNetwork:
    def __init__(self, world: World) -> None:
        self.world = world

    def routers(self) -> tuple[str, ...]:
        return (PRODUCTION, SAME_CITY, REMOTE, CAMPUS)

    def see(self, place: str, address: str, token: int) -> None:
        self.world.reach(place)
        known = self.tokens(place, address)
        self.world.tokens[(place, address)] = Tokens(max(known.newest, token), known.held)
        if known.held < token:
            self.world.held.discard((place, address))

    def tokens(self, place: str, address: str) -> Tokens:
        self.world.reach(place)
        return self.world.tokens.get((place, address), Tokens(0, 0))

    def hold(self, place: str, address: str, token: int = 0) -> None:
        self.world.reach(place)
        newest = self.tokens(place, address).newest
        if token < newest:
            raise MedcloudError(f"token {token} is older than {newest}")
        self.world.tokens[(place, address)] = Tokens(token, token)
        self.world.do(f"hold {address} in {place}")
        self.world.held.add((place, address))

    def release(self, place: str, address: str) -> None:
        self.world.reach(place)
        self.world.do(f"release {address} in {place}")
        self.world.held.discard((place, address))

    def holds(self, place: str, address: str) -> bool:
        self.world.reach(place)
        return (place, address) in self.world.held

    def fence(self, place: str, centre: str) -> None:
        self.world.reach(place)
        self.world.do(f"fence {centre} on {place}")
        self.world.fences.add((place, centre))

    def lift(self, place: str, centre: str) -> None:
        self.world.reach(place)
        self.world.do(f"lift the fence of {centre} on {place}")
        self.world.fences.discard((place, centre))

    def fence_of(self, place: str, centre: str) -> Fence:
        self.world.reach(place)
        active = (place, centre) in self.world.fences
        dead = self.world.dead_edges if place == CAMPUS else ()
        return Fence(place, active, active and place not in self.world.weak, active, dead)

    def neighbours(self, place: str) -> tuple[Neighbour, ...]:
        self.world.reach(place)
        others = [other for other in self.routers() if other != place and CAMPUS in (other, place)]
        return tuple(Neighbour(other, self._asn(other), other not in self.world.gone) for other in others)

    def _asn(self, place: str) -> int:
        site = self.world.site
        return site.campus(place).asn if place == CAMPUS else site.centre(place).asn

    def route(self, place: str, address: str) -> Route | None:
        holders = [p for p, a in sorted(self.world.held) if a == address and p not in self.world.gone]
        holders = [p for p in holders if (place, p) not in self.world.fences]
        return Route(self._asn(holders[0]), ("line-1",)) if holders else None

    def forget(self, place: str) -> None:
        pass


class FakeWard:
    def __init__(self, world: World) -> None:
        self.world = world
        self.config: Mapping[str, Any] = {}

    def start(self, run_id: str, config: Mapping[str, Any]) -> None:
        self.world.do("start the ledger")
        self.config = config
        self.world.writing = True

    def running(self, run_id: str) -> bool:
        return self.world.writing

    def stop(self, run_id: str) -> None:
        self.world.do("stop the ledger")
        self.world.writing = False

    def ledger(self, run_id: str) -> str:
        return "".join(json.dumps(line) + "\n" for line in self.world.ledger)


class FakeImaging:
    def __init__(self, world: World) -> None:
        self.world = world

    def answers(self, centre: str) -> bool:
        self.world.reach(centre)
        return True

    def stored(self, centre: str) -> frozenset[str]:
        self.world.reach(centre)
        return frozenset(self.world.stored.get(centre, ()))

    def copy(self, source: str, uids: frozenset[str]) -> None:
        self.world.reach(source)
        self.world.do(f"copy {len(uids)} images from {source}")
        for centre in (PRODUCTION, SAME_CITY):
            self.world.stored.setdefault(centre, set()).update(uids)


class FakeDisaster:
    def __init__(self, world: World) -> None:
        self.world = world

    def strike(self, centre: str) -> str:
        self.world.do(f"strike {centre}")
        self.world.gone.add(centre)
        return f"{centre} isolated"

    def heal(self, centre: str) -> str:
        self.world.do(f"heal {centre}")
        self.world.gone.discard(centre)
        return f"{centre} healed"

    def standing(self) -> tuple[str, ...]:
        return self.world.faults


class FakePreference:
    """A choice takes effect at once: what may be synchronous is synchronous."""

    def __init__(self, world: World) -> None:
        self.world = world

    def choose(self, centre: str) -> None:
        self.world.do(f"prefer {centre}")
        self.world.preferred = centre
        self.world.synchronous = () if centre == self.world.leader else (centre,)

    def reset(self) -> None:
        self.world.do("prefer as declared")
        self.world.preferred = None
        self.world.synchronous = (SAME_CITY if self.world.leader == PRODUCTION else PRODUCTION,)

    def chosen(self) -> str | None:
        return self.world.preferred


class FakeWatch:
    def __init__(self, world: World) -> None:
        self.world = world

    def start(self, run_id: str) -> None:
        if not self.world.watching:
            self.world.do("watch the protection")
        self.world.watching = True
        copies = tuple(Copy(f"db-{centre}", "streaming", "sync", 0) for centre in self.world.synchronous)
        leader = f"db-{self.world.leader}"
        self.world.samples += [Sample(leader, self.world.clock.seconds + n / 2, True, copies) for n in range(3)]

    def stop(self, run_id: str) -> None:
        self.world.do("stop watching")
        self.world.watching = False

    def samples(self, run_id: str) -> tuple[Sample, ...]:
        return tuple(self.world.samples)


class FakeBubble:
    """A copy takes what the real one holds; `bubble_reaches` breaks its isolation."""

    def __init__(self, world: World, system: str) -> None:
        self.world = world
        self.system = system

    def room(self, centre: str) -> Room:
        return Room(1_000, self.world.free_bytes)

    def make(self, centre: str, run_id: str) -> dict[str, Any]:
        self.world.reach(centre)
        if (self.system, centre) not in self.world.bubbles:
            self.world.do(f"make a bubble of {self.system} in {centre}")
            real = {str(chain) for chain in self.world.rows} | self.world.stored.get(centre, set())
            self.world.bubbles[self.system, centre] = real
        return {"bytes": 1_000, "copied_in_seconds": 1.0}

    def made_at(self, centre: str, run_id: str) -> float:
        return self.world.clock.seconds

    def isolation(self, centre: str, run_id: str, forbidden: tuple[str, ...]) -> Isolation:
        self._require(centre)
        open_ways = self.world.bubble_reaches
        return Isolation(("eth0", "lo") if open_ways else ("lo",), len(open_ways), open_ways if forbidden else ())

    def holds(self, centre: str, run_id: str, of_run: str) -> frozenset[str]:
        return frozenset(self._require(centre))

    def write(self, centre: str, run_id: str) -> frozenset[str]:
        new = {f"bubble-{number}" for number in range(3)}
        self._require(centre).update(new)
        return frozenset(new)

    def remove(self, centre: str, run_id: str) -> None:
        self.world.do(f"remove the bubble of {self.system} in {centre}")
        self.world.bubbles.pop((self.system, centre), None)

    def _require(self, centre: str) -> set[str]:
        if (self.system, centre) not in self.world.bubbles:
            raise MedcloudError(f"no bubble of {self.system} in {centre}")
        return self.world.bubbles[self.system, centre]


class FakeCloud:
    def __init__(self, world: World, centre: str) -> None:
        self.world = world
        self.centre = centre

    def servers(self) -> dict[str, Power]:
        self.world.reach(self.centre)
        names = [instance.name for instance in instances(self.world.site, self.centre)]
        powers = self.world.powers
        return {
            n: Power(powers.get(n, "ACTIVE"), n not in self.world.hosts_down) for n in names if powers.get(n) != "GONE"
        }

    def start(self, names: tuple[str, ...]) -> None:
        self._set(names, "ACTIVE")

    def stop(self, names: tuple[str, ...]) -> None:
        self._set(names, "SHUTOFF")

    def _set(self, names: tuple[str, ...], status: str) -> None:
        for name in names:
            if self.world.powers.get(name, "ACTIVE") != status:
                self.world.do(f"{name} → {status}")
                self.world.powers[name] = status


def replication_of(world: World, system: str) -> probe.Cluster:
    """What the replication probe would see of the fake database."""
    members, unread = [], []
    for member in FakeDatabase(world).members():
        centre = member.name.removeprefix("db-")
        if centre in world.unread:
            unread.append(Unread(member.name, "no route to host"))
            continue
        role, receiver = ("primary", "") if member.is_leader else ("replica", member.state)
        lsn, lag = world.positions.get(centre, 100), None if member.is_leader else world.lag_seconds
        members.append(probe.Member(member.name, centre, role, member.state, 2, receiver, "", lsn, 0, lag))
    return probe.Cluster(system, f"db-{world.leader}", tuple(members), tuple(unread))


@dataclasses.dataclass(frozen=True)
class Scene:
    """A world and a context over it."""

    world: World
    context: Context
    database: FakeDatabase
    ward: FakeWard

    def address(self, system: str) -> str:
        return str(service_address(self.world.site.system(system)))

    def fence_all(self) -> None:
        """As after `fence-centre`: every surviving router fences production."""
        self.world.fences |= {(place, PRODUCTION) for place in (SAME_CITY, REMOTE, CAMPUS)}


def scene(site: Site, folder: Path, plan: Plan | None = None, **state: Any) -> Scene:
    """Production leads and holds both service addresses; the ledger does not run. `state` changes the world."""
    world = World(site, **state)
    if "held" not in state:
        world.held = {(PRODUCTION, str(service_address(site.system(name)))) for name in (HIS, PACS)}
    database, ward, imaging = FakeDatabase(world), FakeWard(world), FakeImaging(world)
    context = Context(
        run_id="run-1",
        plan=plan or standard(site, "same-city-failover"),
        site=site,
        folder=folder,
        clock=world.clock,
        disaster=FakeDisaster(world),
        network=FakeNetwork(world),
        leases=FakeLeases(world),
        ward=ward,
        database=lambda name: database,
        imaging=lambda name: imaging,
        secret=lambda name: f"secret of {name}",
        note=world.do,
        replication=lambda name: replication_of(world, name),
        preference=lambda name: FakePreference(world),
        watch=lambda name: FakeWatch(world),
        bubble=lambda name: FakeBubble(world, name),
        backup=lambda name: FakeBackup(world),
        cloud=lambda centre: FakeCloud(world, centre),
        faults=lambda: world.faults,
        play=lambda playbook, hosts: world.do(f"play {playbook} on {hosts}") or {"changed": 0},
        probe=lambda name, target: world.probed,
        tell=lambda place, text: world.do(f"tell {place}: {text}") or "on 1 workstation",
    )
    return Scene(world, context, database, ward)
