"""An orchestrator that kills itself with SIGKILL at named points: before, inside and after the steps of its drill
or of the drill's undo."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks import simulation
from benchmarks.simulation import SimulatedStep
from dr import execution, journal
from dr.context import Context, Evidence
from dr.engine import Engine, HeldRun
from dr.journal import Line
from dr.order import CONCLUDE
from dr.plan import Plan, StepCall
from dr.runs import OVER, load
from dr.store import FolderStore
from inventory.model import Site

Point = tuple[str, str]
RUN = "run"
GIVE_UP = "give up"  # the undo's own name among its points


def met(folder: Path, book: str = "kills") -> list[Point]:
    """The points at which an orchestrator of that folder was killed; in the book `shared` those at which a kill for a
    call beside it came first: its line was written, and nobody could see it any more."""
    path = folder / book
    return [(name, moment) for name, moment in map(json.loads, path.read_text().splitlines())] if path.exists() else []


def _lines(folder: Path) -> list[Line]:
    return journal.read(folder / "drills" / RUN / "journal.jsonl")


class Executioner:
    """Kills this process at the first of the points that it comes to and that no process has met yet."""

    def __init__(self, folder: Path, wanted: Iterable[Point]) -> None:
        self._folder = folder
        done = {(name, "after") for name in self._ended(folder)}
        self._left = set(wanted) - set(met(folder)) - set(met(folder, "shared"))
        for point in self._left & done:
            self._write("shared", point)
        self._left -= done

    def _ended(self, folder: Path) -> list[str]:
        return [line["step"] for line in _lines(folder) if line.get("state") == "done"]

    def at(self, name: str, moment: str) -> None:
        if (name, moment) in self._left:
            self._write("kills", (name, moment))
            os.kill(os.getpid(), signal.SIGKILL)

    def _write(self, book: str, point: Point) -> None:
        with (self._folder / book).open("a") as file:
            file.write(json.dumps(point) + "\n")

    def on_line(self, line: Line) -> None:
        if line.get("state") == "done":
            self.at(line["step"], "after")
        if line["event"] == "finished":
            self.at(CONCLUDE, "after")


class MortalStep(SimulatedStep):
    """A simulated step in which the orchestrator may die."""

    def __init__(self, executioner: Executioner) -> None:
        self._executioner = executioner

    def run(self, context: Context, params: Any) -> Evidence:
        book = (context.folder / "journal.jsonl").read_text(encoding="utf-8")
        if f'"key":"step/{params.name}/done"' in book:
            with (Path(params.world) / "again").open("a") as file:
                file.write(f"{params.name}\n")
        self._executioner.at(params.name, "inside")
        evidence = super().run(context, params)
        self._executioner.at(params.name, "effect made")
        return evidence


class UndoExecutioner(Executioner):
    """The same for the undo of a drill: "after" is when the journal says that a step is undone."""

    def _ended(self, folder: Path) -> list[str]:
        return [line["step"] for line in _lines(folder) if line["event"] == "undone"]

    def on_line(self, line: Line) -> None:
        if line["event"] == "undone":
            self.at(line["step"], "after")
        if line["event"] == "undoing":
            self.at(GIVE_UP, "begun")
        if line["event"] == "abandoned":
            self.at(GIVE_UP, "after")


class MortalUndo(SimulatedStep):
    """A simulated step in whose undo the orchestrator may die."""

    def __init__(self, executioner: Executioner) -> None:
        self._executioner = executioner

    def undo(self, context: Context, params: Any) -> Evidence:
        book = (context.folder / "journal.jsonl").read_text(encoding="utf-8")
        if f'"key":"undone/{params.name}"' in book:
            with (Path(params.world) / "again").open("a") as file:
                file.write(f"{params.name}\n")
        self._executioner.at(params.name, "inside")
        evidence = super().undo(context, params)
        self._executioner.at(params.name, "effect made")
        return evidence


def hold(folder: Path, plan: Plan, site: Site) -> None:
    """A process of its own: run the drill until a broken step holds it."""
    try:
        simulation.engine(folder / "drills").run(site, plan, RUN)
    except HeldRun:
        return
    raise RuntimeError("nothing held the drill")


def give_up(folder: Path, site: Site, wanted: tuple[Point, ...]) -> None:
    """A process of its own: undo the drill, or go on with that; exits like the command line."""
    executioner = UndoExecutioner(folder, wanted)
    undo = execution.Execution.undo

    def mortal(self: execution.Execution, call: StepCall) -> None:
        executioner.at(call.name, "before")
        undo(self, call)

    execution.Execution.undo = mortal  # type: ignore[method-assign]
    if load(folder / "drills", RUN).state in OVER:
        return
    executioner.at(GIVE_UP, "before")
    engine = Engine(
        FolderStore(folder / "drills"),
        simulation.open_context,
        executioner.on_line,
        find_step=lambda name: MortalUndo(executioner),
    )
    engine.abandon(RUN, "killed at every point")


def orchestrate(folder: Path, plan: Plan, site: Site, wanted: tuple[Point, ...], first: bool) -> None:
    """A process of its own: start or resume the drill; exits like the command line."""
    executioner = Executioner(folder, wanted)
    _die_before(executioner)
    engine = Engine(
        FolderStore(folder / "drills"),
        simulation.open_context,
        executioner.on_line,
        find_step=lambda name: MortalStep(executioner),
    )
    engine.run(site, plan, RUN) if first else engine.resume(RUN)


def _die_before(executioner: Executioner) -> None:
    """A call that DBOS has begun and of which the journal knows nothing yet; only for this process."""
    attempt, conclude = execution.Execution._attempt, execution.Execution._conclude

    def mortal(self: execution.Execution, call: StepCall) -> None:
        executioner.at(call.name, "before")
        attempt(self, call)

    def mortal_end(self: execution.Execution) -> None:
        executioner.at(CONCLUDE, "before")
        conclude(self)

    execution.Execution._attempt = mortal  # type: ignore[method-assign]
    execution.Execution._conclude = mortal_end  # type: ignore[method-assign]
