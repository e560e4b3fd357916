"""Random faults against our own promotion, and whether two centres ever acknowledged at once: `make split-brain`.

Each schedule: a ward writes through the service address and one writer sits beside every database member, so that an
old primary which still acknowledges somebody is caught; faults happen while the real steps fence, take the lease,
promote and move the address; then everything heals, converges, and every book is checked against rows and other books.
`python -m benchmarks.split_brain --seeds 1-100 [--labs 2] [--careless]`; careless promotes without fence and lease.
Outcomes are kept in a file: a seed that was judged under the same code is not run again. What failed leaves its books
and journals beside that file.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import careless
from benchmarks.arena import SETTLE, Arena, Writers, acknowledged, bring_back, call, converge
from benchmarks.light_lab import NAME, Bench, node
from benchmarks.outcome import Outcome, Outcomes, fingerprint, numbers, table
from benchmarks.schedules import Field, Schedule, schedule
from dr.checker import check
from dr.context import Context, wait_until
from dr.ledger import judge
from inventory.error import MedcloudError

_PROMOTION: tuple[tuple[str, dict[str, Any]], ...] = (
    ("fence-centre", {}),
    ("take-lease", {}),
    ("promote-database", {"patience": 25.0, "nudge": 5.0}),
    ("move-service-address", {"patience": 10.0}),
)
_GIVE_UP = 60.0  # seconds after the last heal in which a promotion may still succeed


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


def promote(
    context: Context, arena: Arena, source: str, target: str, calm: threading.Event, spent: dict[str, float]
) -> int:
    """Run the steps until they succeed as a person would resume them; how many tries, 0 when it was given up. `spent`
    is given the seconds of every step."""
    deadline, tries = None, 0
    while deadline is None or time.monotonic() < deadline:
        tries += 1
        try:
            for name, more in _PROMOTION:
                with timed(spent, name):
                    call(context, name, system=arena.system, source=source, target=target, centre=source, **more)
            return tries
        except MedcloudError as error:
            print(f"    held: {error.message[:150]}", file=sys.stderr, flush=True)
            time.sleep(0.5)
        if calm.is_set() and deadline is None:
            deadline = time.monotonic() + _GIVE_UP
    return 0


@contextmanager
def timed(spent: dict[str, float], name: str) -> Iterator[None]:
    """Add the seconds of what happens inside, also when it fails."""
    begin = time.monotonic()
    try:
        yield
    finally:
        spent[name] = round(spent.get(name, 0.0) + time.monotonic() - begin, 1)


class Bout:
    """One schedule from a healthy bench to a healthy bench, with its writers."""

    def __init__(self, arena: Arena, name: str, seed: int) -> None:
        self.arena, self.source, self.seed = arena, arena.leader(), seed
        self.target = next(c for c in list(arena.seats)[:2] if c != self.source)
        self.begin = time.monotonic()
        run = f"{name}{seed}-{int(time.time())}"
        self.context, self.writers = arena.context(run, self.source, self.target), Writers(arena, run)
        self.plan, self.tries = Schedule(seed, (), 0.0), 0
        self.spent: dict[str, float] = {}

    def start(self) -> None:
        self.context.database(self.arena.system).prepare_ledger(self.context.secret("drill-ledger"))
        self.writers.start()
        wait_until(self.context.clock, "first acknowledgements", lambda: acknowledged(self.writers) > 4, 30)

    def fight(self) -> Outcome:
        """Strike, promote, heal, converge, judge."""
        arena, source = self.arena, self.source
        self.plan = schedule(self.seed, ground(arena, source))
        self.start()
        with storm(arena, self.plan) as calm:
            time.sleep(self.plan.promote_at)
            self.tries = promote(self.context, arena, source, self.target, calm, self.spent)
        leader = converge(self.context, arena, source, self.target, promoted=self.tries > 0)
        seen = acknowledged(self.writers)
        wait_until(self.context.clock, "the ward to be served", lambda: acknowledged(self.writers) > seen + 3, 60)
        return self.judged(leader)

    def recovered(self, trouble: MedcloudError) -> Outcome:
        """What did not come to its end is told, the bench is brought back, and the books are judged all the same."""
        return replace(self.judged(bring_back(self.arena)), trouble=f"not ended: {trouble.message}")

    def careless(self) -> Outcome:
        """The careless promotion with the same writers and the same judge: its violations must not be empty."""
        arena = self.arena
        self.start()
        old, new = (str(arena.seats[centre].address) for centre in (self.source, self.target))
        try:
            careless.promote(arena.shell, old, new)
        finally:
            careless.undo(arena.shell, old, new)
        for centre in (c for c in arena.seats if c != self.source):  # the remote copy followed the second primary
            call(self.context, "rejoin-database", system=arena.system, centre=centre, copy_after=30.0, patience=SETTLE)
        return self.judged(converge(self.context, arena, self.source, self.target, promoted=False))

    def judged(self, leader: str) -> Outcome:
        """Every book against the rows of whoever leads at the end, and against the other books."""
        arena, writers = self.arena, self.writers
        books = writers.stop()
        database = arena.context("judge", leader, leader).database(arena.system)
        there = {name: database.rows(writers.run_of(name)) for name in books}
        rows = [row for book in books.values() for row in book.rows]
        silence = judge.outage(books["ward"].chains)
        return Outcome(
            seed=self.seed,
            strikes="; ".join(map(str, self.plan.strikes)),
            source=self.source,
            promoted=self.tries > 0,
            tries=self.tries,
            gap_seconds=round(silence.seconds, 1) if silence else 0.0,
            acknowledged=len(rows),
            missing=sum(len(judge.missing(book, there[name])) for name, book in books.items()),
            doubled=sum(len(judge.doubled_chains(found)) for found in there.values()),
            answers_lost=sum(row.present for row in rows),
            violations=violations(books, {str(seat.address): centre for centre, seat in arena.seats.items()}),
            seconds=round(time.monotonic() - self.begin, 1),
            spent=self.spent,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def ground(arena: Arena, source: str) -> Field:
    """What can be struck, the source first."""
    ordered = [source, *(c for c in arena.seats if c != source)]
    lines = [r.line.name for r in arena.bench.lab.lines if not r.line.inside]
    return Field(ordered, [node(c) for c in ordered], lines)


def violations(books: dict[str, judge.Ledger], centres: dict[str, str]) -> tuple[str, ...]:
    """What the checker finds in each book, and in all together by reigns and timelines (the log positions of a writer
    are compared only with its own)."""
    found = {violation for book in books.values() for violation in check(book.rows, centres).violations}
    rows = [row for book in books.values() for row in book.rows]
    return tuple(sorted(found | {v for v in check(rows, centres).violations if "went back" not in v}))


def survive(arena: Arena, seed: int, evidence: Path) -> Outcome:
    """The seed's outcome; what failed leaves its books and journals in a folder there. MedcloudError when the bench
    cannot be brought back."""
    bout = Bout(arena, "sb", seed)
    try:
        outcome = bout.fight()
    except MedcloudError as error:
        print(f"    seed {seed}: {error.message[:300]}", file=sys.stderr, flush=True)
        bout.writers.keep(evidence / bout.writers.run)
        outcome = bout.recovered(error)
    if not outcome.good:
        bout.writers.keep(evidence / bout.writers.run)
    return outcome


def judge_seeds(bench: Bench, seeds: list[int], book: Outcomes, code: str, folder: Path) -> Arena:
    """One schedule after the other; a bench that cannot be brought back is made anew."""

    def ready() -> Arena:
        bench.lab.up()
        bench.deploy(lambda text: print(f"  {text}", file=sys.stderr, flush=True))
        arena = Arena(bench)
        arena.shorten()
        return arena

    arena = ready()
    for seed in seeds:
        try:
            outcome = survive(arena, seed, folder / "evidence")
        except MedcloudError as error:
            outcome = Outcome.unjudged(seed, f"could not be judged: {error.message}")
            bench.lab.down()
            arena = ready()
        book.add(replace(outcome, code=code))
        print(table([outcome]).split("\n", 1)[1].rsplit("\n", 1)[0], flush=True)
    return arena


def side_by_side(seeds: list[int], labs: int, chosen: argparse.Namespace) -> None:
    """The seeds shared between as many labs, each with a process of its own; all write into the same file."""
    own = [sys.executable, "-m", "benchmarks.split_brain", "--state", str(chosen.state), "--cache", str(chosen.cache)]
    own += ["--keep"] if chosen.keep else []
    shares = [(n, ",".join(map(str, seeds[n::labs]))) for n in range(labs) if seeds[n::labs]]
    started = [subprocess.Popen([*own, "--name", f"{chosen.name}{n}", "--seeds", share]) for n, share in shares]
    for process in started:
        process.wait()


def options() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seeds", default="1-3", help="such as 7, 1-100 or 1,5,9-12")
    words.add_argument(
        "--careless", action="store_true", help="then promote without fence and lease: the checker must see it"
    )
    words.add_argument("--labs", type=int, default=1, help="so many labs side by side, about 0.9 GB each")
    words.add_argument("--state", type=Path, default=Path.home() / ".local/state/medcloud/benches")
    words.add_argument("--cache", type=Path, default=Path.home() / ".cache/medcloud")
    words.add_argument("--name", default=NAME)
    words.add_argument("--keep", action="store_true", help="leave the bench up")
    return words.parse_args()


def main() -> None:
    chosen, code = options(), fingerprint()
    seeds, book = numbers(chosen.seeds), Outcomes(chosen.state / "split-brain.jsonl")
    judged = {outcome.seed for outcome in book.of(seeds, code) if not outcome.trouble}
    left = [seed for seed in seeds if seed not in judged]
    seen: tuple[str, ...] = ("not asked",)
    if chosen.labs > 1:
        side_by_side(left, chosen.labs, chosen)
        left = []
    if left or chosen.careless:
        bench = Bench.open(chosen.state, chosen.cache, chosen.name)
        try:
            arena = judge_seeds(bench, left, book, code, chosen.state)
            if chosen.careless:
                seen = Bout(arena, "careless", 0).careless().violations
                print(f"a careless promotion: {'; '.join(seen) or 'NOT CAUGHT'}")
        finally:
            if not chosen.keep:
                bench.lab.down()
    outcomes = book.of(seeds, code)
    print(f"code {code}\n{table(outcomes)}")
    raise SystemExit(0 if seen and len(outcomes) == len(seeds) and all(outcome.good for outcome in outcomes) else 1)


if __name__ == "__main__":
    main()
