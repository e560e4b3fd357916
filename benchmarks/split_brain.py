"""Random faults against our own promotion, and whether two centres ever acknowledged at once: `make split-brain`.

Each schedule: a ward writes through the service address and one writer sits beside every database member, so that an
old primary which still acknowledges somebody is caught; faults happen while the real steps fence, take the lease,
promote and move the address; then everything heals, converges, and every book is checked against rows and other books.
`python -m benchmarks.split_brain --seeds 1-100 [--careless]`; careless promotes without fence and lease.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import careless
from benchmarks.light_lab import NAME, Bench, node, seats
from benchmarks.schedules import PROCESS, Field, Schedule, Strike, schedule
from cli.disaster import LabDisaster
from dr.checker import check
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

_PROMOTION: tuple[tuple[str, dict[str, Any]], ...] = (
    ("fence-centre", {}),
    ("take-lease", {}),
    ("promote-database", {"patience": 25.0, "nudge": 5.0}),
    ("move-service-address", {"patience": 10.0}),
)
_GIVE_UP = 60.0  # seconds after the last heal in which a promotion may still succeed
_SETTLE = 120.0


@dataclass(frozen=True)
class Outcome:
    """What became of one schedule."""

    seed: int
    strikes: str
    source: str
    promoted: bool
    tries: int
    gap_seconds: float
    acknowledged: int
    missing: int
    doubled: int
    violations: tuple[str, ...]
    seconds: float
    trouble: str = ""  # what kept it from coming to its end

    @property
    def good(self) -> bool:
        return not (self.violations or self.missing or self.trouble)


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
        # Shorter rounds than the site's, so that members come back sooner and a hundred schedules take an hour.
        rounds = "patronictl -c /etc/patroni/config.yml edit-config --force -s loop_wait=2"
        self.shell.run(str(next(iter(self.seats.values())).address), rounds).require("shorten Patroni's rounds")

    def context(self, run: str, source: str, target: str) -> Context:
        plan = standard(self.site, "same-city-failover").model_copy(update={"source": source, "target": target})
        opening = Opening(run, Plan.model_validate(plan), self.site, self.bench.context.state, lambda text: None)
        return open_context(opening, self.shell, self.lab, self.bench.context.secrets.get, no_cloud, no_play)

    def leader(self) -> str:
        """The centre whose member leads and is writable."""
        home = next(iter(self.seats))
        database = self.context("who", home, home).database(self.system)

        def look() -> str | None:
            lease = database.lease()
            return next((c for c in self.seats if lease and database.member_of(c) == lease.holder), None)

        return wait_until(self.context("who", home, home).clock, "a leader", look, _SETTLE)

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

    def stop(self) -> dict[str, judge.Ledger]:
        books = {}
        for name, ward in self.wards.items():
            ward.stop(self.run_of(name))
            books[name] = judge.parse(ward.ledger(self.run_of(name)))
        return books


@contextmanager
def storm(arena: Arena, plan: Schedule) -> Iterator[threading.Event]:
    """The strikes and their ends, each at its time; the event is set when all is healed."""
    events = sorted([(s.at, 0, s) for s in plan.strikes] + [(s.until, 1, s) for s in plan.strikes], key=lambda e: e[:2])
    calm, begin = threading.Event(), time.monotonic()

    def work() -> None:
        arena.bench.join()
        for at, end, strike in events:
            time.sleep(max(0.0, begin + at - time.monotonic()))
            with suppress(MedcloudError):  # a fault that cannot be made now, such as one inside a machine without power
                arena.heal(strike) if end else arena.strike(strike)
        arena.heal()
        calm.set()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield calm
    finally:
        thread.join()


def promote(context: Context, arena: Arena, source: str, target: str, calm: threading.Event) -> int:
    """Run the steps until they succeed as a person would resume them; how many tries, 0 when it was given up."""
    deadline, tries = None, 0
    while deadline is None or time.monotonic() < deadline:
        tries += 1
        try:
            for name, more in _PROMOTION:
                call(context, name, system=arena.system, source=source, target=target, centre=source, **more)
            return tries
        except MedcloudError as error:
            print(f"    held: {error.message[:150]}", file=sys.stderr, flush=True)
            time.sleep(0.5)
        if calm.is_set() and deadline is None:
            deadline = time.monotonic() + _GIVE_UP
    return 0


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
        call(context, "rejoin-database", system=arena.system, centre=source, copy_after=60.0, patience=_SETTLE)
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
    wait_until(context.clock, "one leader and two copies on its timeline", lambda: _whole(database.members()), _SETTLE)
    return leader


def _started(database: DatabaseDoor, member: str) -> bool:
    database.start(member)
    return True


def _whole(members: Any) -> bool:
    works = [m for m in members if m.works]
    roles = sorted(m.role for m in works)
    return roles == ["leader", "replica", "sync_standby"] and len({m.timeline for m in works}) == 1


def fight(arena: Arena, seed: int) -> Outcome:
    """One schedule from a healthy bench to a healthy bench."""
    begin, source = time.monotonic(), arena.leader()
    target = next(c for c in list(arena.seats)[:2] if c != source)
    ordered = [source, *(c for c in arena.seats if c != source)]
    ground = Field(
        ordered, [node(c) for c in ordered], [r.line.name for r in arena.bench.lab.lines if not r.line.inside]
    )
    plan = schedule(seed, ground)
    run = f"sb{seed}-{int(time.time())}"
    context, writers = arena.context(run, source, target), Writers(arena, run)
    context.database(arena.system).prepare_ledger(context.secret("drill-ledger"))
    writers.start()
    wait_until(context.clock, "first acknowledgements", lambda: _acks(writers) > 4, 30)
    with storm(arena, plan) as calm:
        time.sleep(plan.promote_at)
        tries = promote(context, arena, source, target, calm)
    leader = converge(context, arena, source, target, promoted=tries > 0)
    seen = _acks(writers)
    wait_until(context.clock, "the ward to be served", lambda: _acks(writers) > seen + 3, 60)
    return _judged(arena, writers, plan, source, tries, leader, time.monotonic() - begin)


def caught(arena: Arena) -> Outcome:
    """The careless promotion with the same writers and the same judge: its violations must not be empty."""
    begin, source = time.monotonic(), arena.leader()
    target = next(c for c in list(arena.seats)[:2] if c != source)
    run = f"careless-{int(time.time())}"
    context, writers = arena.context(run, source, target), Writers(arena, run)
    context.database(arena.system).prepare_ledger(context.secret("drill-ledger"))
    writers.start()
    wait_until(context.clock, "first acknowledgements", lambda: _acks(writers) > 4, 30)
    old, new = (str(arena.seats[centre].address) for centre in (source, target))
    try:
        careless.promote(arena.shell, old, new)
    finally:
        careless.undo(arena.shell, old, new)
    for centre in (c for c in arena.seats if c != source):  # the remote copy followed the second primary
        call(context, "rejoin-database", system=arena.system, centre=centre, copy_after=30.0, patience=_SETTLE)
    leader = converge(context, arena, source, target, promoted=False)
    return _judged(arena, writers, Schedule(0, (), 0.0), source, 0, leader, time.monotonic() - begin)


def survive(arena: Arena, seed: int) -> Outcome:
    """The schedule's outcome; what could not come to its end is told, and the bench is brought back for the next."""
    begin = time.monotonic()
    try:
        return fight(arena, seed)
    except MedcloudError as error:
        arena.heal()
        leader = arena.leader()
        other = next(c for c in list(arena.seats)[:2] if c != leader)
        converge(arena.context(f"again{seed}", other, leader), arena, other, leader, promoted=False)
        took = round(time.monotonic() - begin, 1)
        return Outcome(seed, "", leader, False, 0, 0.0, 0, 0, 0, (), took, f"not ended: {error.message}")


def _acks(writers: Writers) -> int:
    return len(judge.parse(writers.wards["ward"].ledger(writers.run_of("ward"))).rows)


def _judged(
    arena: Arena, writers: Writers, plan: Schedule, source: str, tries: int, leader: str, seconds: float
) -> Outcome:
    books = writers.stop()
    database = arena.context("judge", leader, leader).database(arena.system)
    missing = doubled = 0
    for name, book in books.items():
        there = database.rows(writers.run_of(name))
        missing += len(judge.missing(book, there))
        doubled += len(judge.doubled_chains(there))
    rows = [row for book in books.values() for row in book.rows]
    centres = {str(seat.address): centre for centre, seat in arena.seats.items()}
    violations = {violation for book in books.values() for violation in check(book.rows, centres).violations}
    # Together the books are compared by reigns and timelines; each writer's log positions only with its own.
    violations |= {v for v in check(rows, centres).violations if "went back" not in v}
    silence = judge.outage(books["ward"].chains)
    return Outcome(
        seed=plan.seed,
        strikes="; ".join(map(str, plan.strikes)),
        source=source,
        promoted=tries > 0,
        tries=tries,
        gap_seconds=round(silence.seconds, 1) if silence else 0.0,
        acknowledged=len(rows),
        missing=missing,
        doubled=doubled,
        violations=tuple(sorted(violations)),
        seconds=round(seconds, 1),
    )


def table(outcomes: list[Outcome]) -> str:
    """All outcomes, one a line, and the sums."""
    lines = ["seed  promoted tries   gap s  acked  lost twice  split   took s  faults"]
    for o in outcomes:
        lines.append(
            f"{o.seed:4}  {'yes' if o.promoted else 'no':8} {o.tries:5} {o.gap_seconds:7.1f} {o.acknowledged:6} "
            f"{o.missing:5} {o.doubled:5} {len(o.violations):6} {o.seconds:8.1f}  {o.strikes}"
        )
        lines += [f"        ! {text}" for text in (*o.violations, o.trouble) if text]
    lines.append(
        f"{len(outcomes)} schedules: {sum(bool(o.violations) for o in outcomes)} split brains, "
        f"{sum(o.missing for o in outcomes)} of {sum(o.acknowledged for o in outcomes)} acknowledged rows lost, "
        f"{sum(o.promoted for o in outcomes)} promoted"
    )
    return "\n".join(lines)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seeds", default="1-3", help="one seed, or first-last")
    words.add_argument(
        "--careless", action="store_true", help="then promote without fence and lease: the checker must see it"
    )
    words.add_argument("--state", type=Path, default=Path.home() / ".local/state/medcloud/benches")
    words.add_argument("--cache", type=Path, default=Path.home() / ".cache/medcloud")
    words.add_argument("--name", default=NAME)
    words.add_argument("--keep", action="store_true", help="leave the bench up")
    chosen = words.parse_args()
    first, _, last = chosen.seeds.partition("-")
    bench = Bench.open(chosen.state, chosen.cache, chosen.name)
    bench.lab.up()
    outcomes: list[Outcome] = []
    try:
        bench.deploy(lambda text: print(f"  {text}", file=sys.stderr, flush=True))
        arena = Arena(bench)
        for seed in range(int(first), int(last or first) + 1):
            outcomes.append(survive(arena, seed))
            with (chosen.state / "split-brain.jsonl").open("a") as file:
                file.write(json.dumps(asdict(outcomes[-1])) + "\n")
            print(table(outcomes[-1:]).split("\n", 1)[1].rsplit("\n", 1)[0], flush=True)
        seen = caught(arena).violations if chosen.careless else ("not asked",)
        print(f"a careless promotion: {'; '.join(seen) or 'NOT CAUGHT'}")
    finally:
        print(table(outcomes))
        if not chosen.keep:
            bench.lab.down()
    raise SystemExit(0 if seen and all(outcome.good for outcome in outcomes) else 1)


if __name__ == "__main__":
    main()
