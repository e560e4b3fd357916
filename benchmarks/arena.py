"""The deployed light bench with its doors, its writers and the way back to health; used by the benches of promotion."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.light_lab import Bench, node, seats
from benchmarks.schedules import PROCESS, Strike
from cli.disaster import LabDisaster
from dr.context import Context, DatabaseDoor, wait_until
from dr.doors.database import DRILL_DATABASE, LEDGER_ROLE
from dr.doors.ward import Ward
from dr.engine import Opening
from dr.ledger import judge
from dr.opening import open_context
from dr.plan import Plan
from dr.planner import standard
from dr.steps import find
from inventory.addresses import service_address
from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Software
from monitors.ssh import Access, Ssh

SETTLE = 120.0


def no_cloud(centre: str) -> Any:
    raise MedcloudError(f"the bench has no cloud in {centre}")


def no_play(playbook: str, limit: str | None) -> Any:
    raise MedcloudError(f"the bench runs no playbook {playbook} in a step")


class Arena:
    """The deployed bench with its doors."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.site = bench, bench.context.site
        self.lab = LabDisaster(bench.context)
        self.shell = Ssh(Access(bench.context.key_file, bench.context.known_hosts, connect_timeout=2.0))
        self.system = next(s for s in self.site.systems if s.name in self.site.lab.machines).name  # type: ignore[union-attr]
        assert self.site.system(self.system).software is Software.POSTGRESQL
        self.seats = seats(self.site)
        self.routers = {m.place: str(m.management.ip) for m in machines(self.site) if m.kind == "router"}
        self.ward = next(str(m.management.ip) for m in machines(self.site) if m.kind == "workstation")
        bench.join()

    def shorten(self) -> None:
        """Let Patroni's rounds be shorter than the site's: members come back sooner and a hundred schedules take an
        hour."""
        rounds = "patronictl -c /etc/patroni/config.yml edit-config --force -s loop_wait=2"
        self.shell.run(str(next(iter(self.seats.values())).address), rounds).require("shorten Patroni's rounds")

    def context(self, run: str, source: str, target: str) -> Context:
        plan = standard(self.site, "same-city-failover").model_copy(update={"source": source, "target": target})
        return self.opened(
            Opening(run, Plan.model_validate(plan), self.site, self.bench.context.state, lambda text: None)
        )

    def opened(self, opening: Opening) -> Context:
        """The doors of a run."""
        return open_context(opening, self.shell, self.lab, self.bench.context.secrets.get, no_cloud, no_play)

    def leader(self) -> str:
        """The centre whose member leads and is writable."""
        home = next(iter(self.seats))
        database = self.context("who", home, home).database(self.system)

        def look() -> str | None:
            lease = database.lease()
            return next((c for c in self.seats if lease and database.member_of(c) == lease.holder), None)

        return wait_until(self.context("who", home, home).clock, "a leader", look, SETTLE)

    def strike(self, strike: Strike) -> None:
        if strike.kind == PROCESS:
            self._process(strike.target, "STOP")
        else:
            self.lab._from_home(lambda: self.bench.lab.strike(strike.kind, strike.target, **strike.params))

    def heal(self, strike: Strike | None = None) -> None:
        if strike is None:
            self.lab._from_home(lambda: self.bench.lab.heal())
            for centre in self.seats:
                with suppress(MedcloudError):
                    self._process(node(centre), "CONT")
        elif strike.kind == PROCESS:
            self._process(strike.target, "CONT")
        else:
            self.lab._from_home(lambda: self.bench.lab.heal(strike.target, strike.kind, wait=False))

    def _process(self, machine: str, signal: str) -> None:
        centre = next(c for c in self.seats if node(c) == machine)
        self.shell.run(
            str(self.seats[centre].address), f"systemctl kill --kill-whom=main -s {signal} patroni", timeout=5
        )


class Writers:
    """The ward's writer through the service address and one beside each member; their books are read at the end."""

    def __init__(self, arena: Arena, run: str) -> None:
        self.arena, self.run = arena, run
        self.wards = {"ward": Ward(arena.shell, arena.ward)} | {
            centre: Ward(arena.shell, arena.routers[centre]) for centre in arena.seats
        }

    def start(self) -> None:
        password = self.arena.bench.context.secrets.get("drill-ledger")
        hosts = {centre: str(seat.address) for centre, seat in self.arena.seats.items()}
        hosts["ward"] = str(service_address(self.arena.site.system(self.arena.system)))
        for name, ward in self.wards.items():
            login = {"dbname": DRILL_DATABASE, "user": LEDGER_ROLE, "password": password}
            wide = name == "ward"
            config = {
                "run": self.run_of(name),
                "rate": 8.0 if wide else 3.0,
                "messages": 1.0 if wide else None,
                "pause": 0.05 if wide else 0.5,
                "database": login | {"host": hosts[name], "port": 5432},
            }
            ward.start(self.run_of(name), config)

    def run_of(self, name: str) -> str:
        return f"{self.run}-{name}"

    def keep(self, folder: Path) -> None:
        """The books and the members' journals of the last minutes, for whoever has to explain what happened."""
        folder.mkdir(parents=True, exist_ok=True)
        journal = "journalctl --no-pager -o short-precise --since -5min -u patroni -u etcd -u medcloud-lease-gate"
        for name, ward in self.wards.items():
            with suppress(MedcloudError):
                (folder / f"{name}.jsonl").write_text(ward.ledger(self.run_of(name)))
        for centre, seat in self.arena.seats.items():
            with suppress(MedcloudError):
                said = self.arena.shell.run(str(seat.address), journal, timeout=60).stdout
                (folder / f"{centre}.journal").write_text(said)

    def stop(self) -> dict[str, judge.Ledger]:
        books = {}
        for name, ward in self.wards.items():
            ward.stop(self.run_of(name))
            books[name] = judge.parse(ward.ledger(self.run_of(name)))
        return books


def call(context: Context, name: str, **params: Any) -> Any:
    """One step as the engine does it, with those of the parameters that it knows."""
    step = find(name)
    known = step.Params.model_validate({key: value for key, value in params.items() if key in step.Params.model_fields})
    step.check(context, known)
    return step.run(context, known)


def converge(context: Context, arena: Arena, source: str, target: str, promoted: bool) -> str:
    """Bring everything back: fenced until rejoined, then one leader with two copies, its lease and its address."""
    database = context.database(arena.system)
    if promoted:
        call(context, "release-centre", centre=source, systems=(arena.system,))
        call(context, "rejoin-database", system=arena.system, centre=source, copy_after=60.0, patience=SETTLE)
        call(context, "lift-fence", system=arena.system, centre=source)
    for centre in arena.seats:
        wait_until(context.clock, f"{centre} to start", partial(_started, database, database.member_of(centre)), 60)
    leader = arena.leader()
    other = target if leader == source else source
    for place in context.network.routers():
        for centre in arena.seats:
            context.network.lift(place, centre)
    grant = context.leases.grant(arena.system)
    if grant is None or grant.centre != leader:
        call(context, "take-lease", system=arena.system, source=other, target=leader)
    call(context, "move-service-address", system=arena.system, source=other, target=leader)
    call(context, "rejoin-copies", system=arena.system, copy_after=30.0, patience=SETTLE)
    wait_until(context.clock, "one leader and two copies on its timeline", lambda: _whole(database.members()), SETTLE)
    return leader


def bring_back(arena: Arena) -> str:
    """A healthy bench after whatever was left half done; who leads. MedcloudError when it does not get well."""
    arena.heal()
    leader = arena.leader()
    other = next(c for c in list(arena.seats)[:2] if c != leader)
    return converge(arena.context("again", other, leader), arena, other, leader, promoted=False)


def _started(database: DatabaseDoor, member: str) -> bool:
    database.start(member)
    return True


def _whole(members: Any) -> bool:
    works = [m for m in members if m.works]
    roles = sorted(m.role for m in works)
    return roles == ["leader", "replica", "sync_standby"] and len({m.timeline for m in works}) == 1


def acknowledged(writers: Writers) -> int:
    """How many rows the ward was told to be written so far."""
    return len(judge.parse(writers.wards["ward"].ledger(writers.run_of("ward"))).rows)
