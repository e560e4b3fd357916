"""SIGKILL of the orchestrator before, inside and after every step of every plan, and of its undo: `make kill-matrix`.

The points are generated from the plan. One drill meets all of its points: at each the orchestrator kills itself with
SIGKILL (no handler, no clean-up), a new process resumes, until a process comes to the end. Steps are simulated, the
engine, its journal, its locks and DBOS are real.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import simulation
from benchmarks.mortal import GIVE_UP, RUN, Point, give_up, hold, met, orchestrate
from benchmarks.simulation import marks_of, stopwatch
from dr import journal
from dr.order import CONCLUDE, backwards
from dr.plan import Plan, StepCall
from dr.planner import available
from inventory.load import load_site
from inventory.model import Site

MOMENTS = ("before", "inside", "effect made", "after")  # of a step; the end of the run has "before" and "after"
_TOO_LONG = 120
_AT_ONCE = 2  # plans at the same time


@dataclass(frozen=True)
class Row:
    """What became of one drill that was killed at every point."""

    plan: str
    mode: str
    steps: int
    kills: Counter[str]
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    missed: tuple[Point, ...]
    seconds: float

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.missed)


def points(plan: Plan) -> tuple[Point, ...]:
    """Every point of a plan at which the orchestrator has to be killed."""
    steps = [(call.name, moment) for call in plan.steps for moment in MOMENTS]
    return (*steps, (CONCLUDE, "before"), (CONCLUDE, "after"))


def run_through(plan: Plan, site: Site, folder: Path) -> Row:
    """Drill that plan in an empty folder, killed at every point, to its end."""
    clock, starts = stopwatch(), 0
    small = simulation.simulated(plan, folder, lambda name: 0.0)
    wanted = points(small)
    code: int | None = -signal.SIGKILL
    while code == -signal.SIGKILL and starts <= len(wanted):
        code, starts = _process(orchestrate, folder, small, site, wanted, starts == 0), starts + 1
    _require_end(plan, starts, code)
    return _judge(plan, folder, wanted, clock())


def undo_points(plan: Plan) -> tuple[Point, ...]:
    """Every point of a plan's undo at which the orchestrator has to be killed."""
    steps = [(call.name, moment) for call in plan.steps if call.undo for moment in MOMENTS]
    return (*steps, *((GIVE_UP, moment) for moment in ("before", "begun", "after")))


def undo_through(plan: Plan, site: Site, folder: Path) -> Row:
    """Hold that drill after its last step in an empty folder, then give it up, killed at every point of the undo."""
    clock, starts = stopwatch(), 0
    last = StepCall(name=GIVE_UP, step="any", params={}, after=tuple(call.name for call in plan.steps))
    small = simulation.simulated(plan.model_copy(update={"steps": (*plan.steps, last)}), folder, lambda name: 0.0)
    (folder / "broken" / GIVE_UP).touch()
    _require_end(plan, 1, _process(hold, folder, small, site))
    begun = marks_of(folder)
    wanted = undo_points(small)
    code: int | None = -signal.SIGKILL
    while code == -signal.SIGKILL and starts <= len(wanted):
        code, starts = _process(give_up, folder, site, wanted), starts + 1
    _require_end(plan, starts, code)
    return _judge_undo(small, folder, wanted, begun, clock())


def _process(act: Callable[..., None], *arguments: object) -> int | None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["benchmarks.mortal"])
    child = processes.Process(target=act, args=arguments)
    child.start()
    child.join(_TOO_LONG)
    return child.exitcode


def _require_end(plan: Plan, starts: int, code: int | None) -> None:
    if code != 0:
        raise RuntimeError(f"{plan.name}: orchestrator {starts} ended with {code} (None: still at work)")


def _judge(plan: Plan, folder: Path, wanted: tuple[Point, ...], seconds: float) -> Row:
    lines = journal.read(folder / "drills" / RUN / "journal.jsonl")
    done = Counter(line["step"] for line in lines if line.get("state") == "done")
    names = [call.name for call in plan.steps]
    killed = met(folder)
    marks, again = marks_of(folder), (folder / "again").read_text().split() if (folder / "again").exists() else []
    made = Counter(line["step"] for line in lines if line.get("state") == "done" and line["evidence"]["mark"] == "left")
    return Row(
        plan=plan.name,
        mode=plan.mode,
        steps=len(names),
        kills=Counter(moment for _, moment in killed),
        lost=tuple(name for name in names if not done[name] or name not in marks),
        doubled=tuple(name for name in names if done[name] > 1 or made[name] > 1 or name in again),
        missed=tuple(point for point in wanted if point not in {*killed, *met(folder, "shared")}),
        seconds=seconds,
    )


def _judge_undo(plan: Plan, folder: Path, wanted: tuple[Point, ...], begun: frozenset[str], seconds: float) -> Row:
    """Lost: not undone, undone out of order, or undone though the plan says that it stays. Doubled: undone again."""
    lines = journal.read(folder / "drills" / RUN / "journal.jsonl")
    order = [line["step"] for line in lines if line["event"] == "undone"]
    due = [call.name for call in backwards(plan) if call.undo]
    stays = begun - frozenset(due)
    marks = marks_of(folder)
    taken = Counter(line["step"] for line in lines if line["event"] == "undone" and line["evidence"]["mark"] == "taken")
    again = (folder / "again").read_text().split() if (folder / "again").exists() else []
    killed = met(folder)
    ended = [line["event"] for line in lines].count("abandoned") == 1
    wrong = () if order == due and ended else ("order of undo",)
    return Row(
        plan=plan.name,
        mode="its undo",
        steps=len(due),
        kills=Counter(moment for _, moment in killed),
        lost=(*wrong, *(name for name in due if name in marks), *sorted(stays - marks)),
        doubled=tuple(name for name in due if order.count(name) > 1 or taken[name] > 1 or name in again),
        missed=tuple(point for point in wanted if point not in {*killed, *met(folder, "shared")}),
        seconds=seconds,
    )


def table(rows: Iterable[Row]) -> str:
    """The matrix as text, with its sums."""
    found = list(rows)
    head = ("plan", "mode", "steps", *MOMENTS, "all kills", "lost", "doubled", "not met", "seconds")
    body = [_cells(row) for row in found]
    total = sum((row.kills for row in found), Counter[str]())
    foot = (
        f"{len({row.plan for row in found})} plans", "",
        str(sum(row.steps for row in found)), *(str(total[m]) for m in MOMENTS),
        str(total.total()), str(sum(len(r.lost) for r in found)), str(sum(len(r.doubled) for r in found)),
        str(sum(len(r.missed) for r in found)), f"{sum(row.seconds for row in found):.0f}",
    )  # fmt: skip
    lines = [head, *body, foot]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    kills = [str(row.kills[moment]) for moment in MOMENTS]
    bad = (str(len(row.lost)), str(len(row.doubled)), str(len(row.missed)))
    return (row.plan, row.mode, str(row.steps), *kills, str(row.kills.total()), *bad, f"{row.seconds:.0f}")


def _alone(plan: Plan, site: Site) -> tuple[Row, Row]:
    rows = []
    for through in (run_through, undo_through):
        with tempfile.TemporaryDirectory(prefix="medcloud-kill-") as folder:
            rows.append(through(plan, site, Path(folder)))
        print(
            f"{plan.name}, {rows[-1].mode}: {rows[-1].kills.total()} kills, {rows[-1].seconds:.0f} s", file=sys.stderr
        )
    return rows[0], rows[1]


def main() -> int:
    """Print the matrix of a site's plans; 0 when nothing was lost, doubled or left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", nargs="?", default="xiamen")
    parser.add_argument("plans", nargs="*", help="plans' names; all by default")
    options = parser.parse_args()
    site = load_site(options.site)
    plans = [plan for plan in available(site) if not options.plans or plan.name in options.plans]
    with ProcessPoolExecutor(_AT_ONCE, multiprocessing.get_context("spawn")) as pool:  # a forkserver each
        rows = [row for both in pool.map(partial(_alone, site=site), plans) for row in both]
    print(table(rows))
    return 0 if rows and all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
