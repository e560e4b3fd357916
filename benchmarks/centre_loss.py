"""An unplanned centre loss on the light bench, second by second.

A ward writes; at t0 the production centre falls silent (every line, its management network) and in the same moment a
person starts the drill's process. Nothing is warm: it imports, opens its journal and its SSH connections, then detects,
fences, takes the lease, promotes and moves the address with the real engine and steps. The gap is the ward's longest
silence by its own clock; each second of it belongs to the step that ended next. Afterwards the centre comes back, is
rejoined, and everything acknowledged must be there. `python -m benchmarks.centre_loss --runs 5`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.arena import Arena, Writers, acknowledged, bring_back, converge
from benchmarks.circumstances import circumstances
from benchmarks.light_lab import NAME, Bench
from benchmarks.split_brain import violations
from dr.context import wait_until
from dr.engine import Engine
from dr.ledger import judge
from dr.outage import shares
from dr.plan import Mode, Plan
from dr.planner import Wish, compute
from dr.runs import load
from dr.store import FolderStore
from inventory.error import MedcloudError

_STEPS = ("detect-outage", "fence-centre", "take-lease", "promote-database", "move-service-address")
START = "process start"


@dataclass(frozen=True)
class Loss:
    """One loss: the ward's gap and where its seconds went, in their order; what the books say after healing."""

    at: str
    source: str
    target: str
    gap_seconds: float
    shares: dict[str, float]
    acknowledged: int
    missing: int
    doubled: int
    violations: tuple[str, ...]
    trouble: str = ""


def loss_plan(site: Any, system: str, source: str, target: str) -> Plan:
    """Of the computed unplanned plan for that system what a person runs when the centre is gone already."""
    whole = compute(site, Wish(source, target, Mode.UNPLANNED, (system,), name="bench-loss"))
    chosen = [call for call in whole.steps if call.step in _STEPS]
    known = {call.name for call in chosen}
    steps = [call.model_copy(update={"after": tuple(n for n in call.after if n in known)}) for call in chosen]
    return whole.model_copy(update={"steps": tuple(steps)})


def folder(arena: Arena, run: str) -> Path:
    """Where that run is kept, alone: one that was held stands in nobody's way."""
    return arena.bench.context.state / "losses" / run


def drill(arena: Arena, run: str, source: str, target: str) -> None:
    """The person's process: one durable run of that plan."""
    store = FolderStore(folder(arena, run))
    engine = Engine(store, arena.opened)
    engine.run(arena.site, loss_plan(arena.site, arena.system, source, target), run_id=run)


def lose(arena: Arena, number: int, again: list[str]) -> Loss:
    """One loss from a healthy bench to a healthy bench; `again` is the command that starts the person's process."""
    source = arena.leader()
    target = next(c for c in list(arena.seats)[:2] if c != source)
    run = f"loss{number}-{int(time.time())}"
    context, writers = arena.context(run, source, target), Writers(arena, run)
    context.database(arena.system).prepare_ledger(context.secret("drill-ledger"))
    writers.start()
    wait_until(context.clock, "first acknowledgements", lambda: acknowledged(writers) > 40, 60)
    begun = time.time()
    person = subprocess.Popen([*again, "--drill", run, source, target], stdout=sys.stderr)
    try:
        arena.lab.strike(source)
        code = person.wait(timeout=180)
        seen = acknowledged(writers)
        wait_until(context.clock, "the ward to be served", lambda: acknowledged(writers) > seen + 3, 60)
    finally:
        arena.lab.heal(source)
    leader = converge(context, arena, source, target, promoted=True)
    books = writers.stop()
    database = arena.context("judge", leader, leader).database(arena.system)
    there = {name: database.rows(writers.run_of(name)) for name in books}
    silence = judge.outage(books["ward"].chains, since=begun)
    assert silence is not None  # the ward was served before and after
    return Loss(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        source=source,
        target=target,
        gap_seconds=round(silence.seconds, 2),
        shares=seconds_of(folder(arena, run), run, silence),
        acknowledged=sum(len(book.rows) for book in books.values()),
        missing=sum(len(judge.missing(book, there[name])) for name, book in books.items()),
        doubled=sum(len(judge.doubled_chains(rows)) for rows in there.values()),
        violations=violations(books, {str(seat.address): centre for centre, seat in arena.seats.items()}),
        trouble="" if code == 0 else f"the drill ended with {code}",
    )


def seconds_of(drills: Path, run: str, silence: judge.Outage) -> dict[str, float]:
    """The gap's seconds by what ended next: the process being ready, each step, the ward's first whole chain."""
    lines = load(drills, run).lines
    first = next(line["at"] for line in lines if line.get("state") == "started")
    ends = [(START, first), *((line["step"], line["at"]) for line in lines if line.get("state") == "done")]
    before, after = (
        datetime.fromtimestamp(wall, UTC).isoformat() for wall in (silence.last_before, silence.first_after)
    )
    return {share.name: share.seconds for share in shares(ends, before, after)}


def table(losses: list[Loss]) -> str:
    """Every loss in a column of seconds, with medians."""
    names = list(dict.fromkeys(name for loss in losses for name in loss.shares))
    rows = [("gap", [loss.gap_seconds for loss in losses])]
    rows += [(name, [loss.shares.get(name, 0.0) for loss in losses]) for name in names]
    lines = [f"{'seconds until the end of':24} median  lowest highest  each"]
    for name, found in rows:
        each = " ".join(f"{seconds:6.2f}" for seconds in found)
        lines.append(f"{name:24} {statistics.median(found):6.2f}  {min(found):6.2f}  {max(found):6.2f}  {each}")
    lines += [f"! {text}" for loss in losses for text in (*loss.violations, loss.trouble) if text]
    lines.append(
        f"{len(losses)} losses: {sum(loss.missing for loss in losses)} of {sum(loss.acknowledged for loss in losses)} "
        f"acknowledged rows lost, {sum(loss.doubled for loss in losses)} chains written twice, "
        f"{sum(bool(loss.violations) for loss in losses)} split brains"
    )
    return "\n".join(lines)


def options() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--runs", type=int, default=5)
    words.add_argument("--state", type=Path, default=Path.home() / ".local/state/medcloud/benches")
    words.add_argument("--cache", type=Path, default=Path.home() / ".cache/medcloud")
    words.add_argument("--name", default=NAME)
    words.add_argument("--keep", action="store_true", help="leave the bench up")
    words.add_argument("--deployed", action="store_true", help="the bench is up and deployed: take it as it is")
    words.add_argument("--drill", nargs=3, metavar=("RUN", "SOURCE", "TARGET"), help="be the person's process")
    return words.parse_args()


def main() -> None:
    chosen = options()
    bench = Bench.open(chosen.state, chosen.cache, chosen.name)
    if chosen.drill:
        return drill(Arena(bench), *chosen.drill)
    again = [sys.executable, "-m", "benchmarks.centre_loss", "--state", str(chosen.state), "--cache"]
    again += [str(chosen.cache), "--name", chosen.name]
    losses: list[Loss] = []
    try:
        if not chosen.deployed:
            bench.lab.up()
            bench.deploy(lambda text: print(f"  {text}", file=sys.stderr, flush=True))
        arena = Arena(bench)
        bring_back(arena)
        for number in range(chosen.runs):
            losses.append(lose(arena, number, again))
            with (chosen.state / "centre-loss.jsonl").open("a") as file:
                file.write(json.dumps(asdict(losses[-1])) + "\n")
            print(f"{losses[-1].gap_seconds:6.2f} s  {losses[-1].shares}", flush=True)
    except MedcloudError as error:
        print(f"not ended: {error.message}", file=sys.stderr)
    finally:
        if losses:
            print(f"{circumstances()}\n{table(losses)}")
        if not chosen.keep:
            bench.lab.down()
    well = [not (loss.missing or loss.doubled or loss.violations or loss.trouble) for loss in losses]
    raise SystemExit(0 if len(well) == chosen.runs and all(well) else 1)


if __name__ == "__main__":
    main()
