"""Drills that touch nothing: any plan with its order kept and every step replaced by one that waits and leaves a mark.

The mark (a file that can only be made once) stands for what a step changes; `runs` counts how often a step was run.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dr.context import Context, Evidence, SystemClock
from dr.engine import Engine, Opening
from dr.journal import Line
from dr.plan import Mode, Plan, StepCall
from dr.store import FolderStore
from inventory.error import MedcloudError
from inventory.model import Part

PUBLIC_SEED = 20261122


class SimulatedStep:
    """Waits, then leaves its mark. Fails half-way while the file `broken/<name>` exists in its world."""

    class Params(Part):
        name: str
        world: str
        seconds: float

    def check(self, context: Context, params: Any) -> None:
        """Nothing stands in its way."""

    def run(self, context: Context, params: Any) -> Evidence:
        world = Path(params.world)
        _log(world, params.name)
        context.clock.sleep(params.seconds / 2)
        if (world / "broken" / params.name).exists():
            raise MedcloudError(f"{params.name} is broken", "mend it")
        context.clock.sleep(params.seconds / 2)
        new = _mark(world / "marks" / params.name)
        return {"mark": "left" if new else "found"}

    def undo(self, context: Context, params: Any) -> Evidence:
        mark = Path(params.world) / "marks" / params.name
        found = mark.exists()
        mark.unlink(missing_ok=True)
        return {"mark": "taken" if found else "gone"}


def simulated(plan: Plan, world: Path, seconds: Callable[[str], float]) -> Plan:
    """The same plan, every call replaced by a simulated one that lasts `seconds(call name)`."""
    for folder in ("marks", "broken"):
        (world / folder).mkdir(parents=True, exist_ok=True)
    calls = tuple(_call(call.name, call.after, world, seconds(call.name), call.undo) for call in plan.steps)
    return plan.model_copy(update={"steps": calls, "moved": (), "left_out": ()})


def random_plan(world: Path, seed: int, size: int, seconds: Callable[[str], float]) -> Plan:
    """A directed acyclic graph of `size` calls drawn from the seed, listed in shuffled order."""
    dice = random.Random(seed)
    names = [f"call-{number}" for number in range(size)]
    after = {name: tuple(dice.sample(names[:n], dice.randint(0, min(n, 3)))) for n, name in enumerate(names)}
    dice.shuffle(names)
    calls = tuple(StepCall(name=name, step="any", params={}, after=after[name], undo=True) for name in names)
    return simulated(_plan(f"random-{seed}", calls), world, seconds)


def _plan(name: str, calls: tuple[StepCall, ...]) -> Plan:
    return Plan(name=name, mode=Mode.UNPLANNED, source="here", target="there", moved=(), left_out=(), steps=calls)


def _call(name: str, after: tuple[str, ...], world: Path, seconds: float, undo: bool) -> StepCall:
    params = {"name": name, "world": str(world), "seconds": seconds}
    return StepCall(name=name, step="simulated", params=params, after=after, undo=undo)


def engine(drills: Path, on_line: Callable[[Line], None] | None = None) -> Engine:
    """The real engine over simulated steps and no doors."""
    return Engine(FolderStore(drills), open_context, on_line, find_step=lambda name: SimulatedStep())


def open_context(opening: Opening) -> Context:
    """A context whose doors lead nowhere."""
    nowhere: Any = SimpleNamespace(running=lambda run_id: False, routers=lambda: ())
    return Context(
        run_id=opening.run_id,
        plan=opening.plan,
        site=opening.site,
        folder=opening.folder,
        clock=SystemClock(),
        disaster=nowhere,
        network=nowhere,
        leases=nowhere,
        ward=nowhere,
        database=lambda name: nowhere,
        imaging=lambda name: nowhere,
        secret=lambda name: "",
        note=opening.note,
    )


def runs_of(world: Path) -> Mapping[str, int]:
    """How often each step was run."""
    path = world / "runs"
    return Counter(path.read_text(encoding="utf-8").split()) if path.exists() else Counter()


def marks_of(world: Path) -> frozenset[str]:
    """The steps whose mark is there."""
    return frozenset(path.name for path in (world / "marks").iterdir())


def _log(world: Path, name: str) -> None:
    handle = os.open(world / "runs", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        os.write(handle, f"{name}\n".encode())
    finally:
        os.close(handle)


def _mark(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def critical_path(plan: Plan) -> float:
    """Seconds of the longest chain of a simulated plan: no engine can be faster."""
    from dr.order import backwards

    end: dict[str, float] = {}
    for call in reversed(backwards(plan)):
        end[call.name] = max((end[name] for name in call.after), default=0.0) + call.params["seconds"]
    return max(end.values())


def stopwatch() -> Callable[[], float]:
    """Seconds since it was made."""
    begin = time.monotonic()
    return lambda: time.monotonic() - begin
