"""The durable engine: every call of a plan is one DBOS workflow, started as soon as the calls it waits for are done.

The orchestrator may die at any moment: `resume` reads in the journal what is done and starts the rest. A step that
fails holds the run: what is at work beside it comes to its end, nothing new begins.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID

from dr import runs, steps
from dr.context import Context
from dr.execution import LANES, Execution
from dr.journal import Line
from dr.order import backwards, refuse_disorder, roots
from dr.plan import Plan
from dr.result import DrillResult, load_result
from dr.runs import Run, State
from dr.steps import Step
from inventory.error import MedcloudError, refused
from inventory.model import Site

_FORMAT = "2"  # of the workflows: those of another number are not recovered, the journal alone goes on
_ENDLESS = 1_000_000
_LAST_WORDS = 5  # seconds for a finished workflow to be recorded before the engine lets go


class HeldRun(MedcloudError):
    """The run stopped before its end and can be resumed; `by_person` when somebody interrupted it."""

    def __init__(self, message: str, hint: str, by_person: bool) -> None:
        super().__init__(message, hint)
        self.by_person = by_person


@dataclasses.dataclass(frozen=True)
class Opening:
    """What the engine knows when it asks for a run's context."""

    run_id: str
    plan: Plan
    site: Site
    folder: Path
    note: Callable[[str], None]


class Engine:
    """Runs drills of one site; `drills` is the folder of its runs, `open_context` builds the doors of a run, at most
    `lanes` calls are at work at once."""

    def __init__(
        self,
        drills: Path,
        open_context: Callable[[Opening], Context],
        on_line: Callable[[Line], None] | None = None,
        find_step: Callable[[str], Step] = steps.find,
        lanes: int = LANES,
    ) -> None:
        self._drills = drills
        self._open_context = open_context
        self._on_line = on_line
        self._find_step = find_step
        self._lanes = lanes
        self._stop = threading.Event()

    def run(
        self, site: Site, plan: Plan, run_id: str | None = None, circumstances: Mapping[str, Any] = MappingProxyType({})
    ) -> DrillResult:
        """Start a drill and see it through. Raises HeldRun when it stops before its end, MedcloudError (refused) while
        another run is unfinished. `circumstances` are told in the journal's first line."""
        run_id = run_id or f"{plan.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        with runs.locked(self._drills, run_id):
            other = runs.unfinished(self._drills)
            if other is not None:
                raise refused(
                    f"run {other.run_id} is {other.state}: it has not ended",
                    f"medcloud drill resume {site.name} {other.run_id}",
                )
            self._preflight(run_id, site, plan)
            runs.create(self._drills, run_id, site, plan, circumstances)
            return self._drive(runs.load(self._drills, run_id), again=False)

    def resume(self, run_id: str | None = None) -> DrillResult:
        """Go on with a run (the unfinished one by default); one that has finished just gives its result."""
        run_id = run_id or self._unfinished().run_id
        if runs.load(self._drills, run_id).state is State.FINISHED:
            return load_result(self._drills / run_id / "result.json")
        with runs.locked(self._drills, run_id):
            run = runs.load(self._drills, run_id)
            if run.state is State.ABANDONED:
                raise refused(f"run {run_id} was abandoned", "start a new one")
            return self._drive(run, again=True)

    def abandon(self, run_id: str, reason: str) -> None:
        """Give a run up: undo what the plan says is to be undone (what cannot be is noted), leave the rest."""
        with runs.locked(self._drills, run_id):
            run = runs.load(self._drills, run_id)
            if run.state in runs.OVER:
                raise refused(f"run {run_id} is {run.state} already")
            execution = self._open(run)
            for call in backwards(run.plan):
                if call.undo:
                    execution.undo(call)
            execution.journal.append("abandoned", "abandoned", reason=reason)

    def request_hold(self) -> None:
        """Ask the running drill to hold at the next moment that is safe; it can be resumed."""
        self._stop.set()

    def _preflight(self, run_id: str, site: Site, plan: Plan) -> None:
        """A drill that cannot even begin is refused instead of held: a disordered plan, an unknown step, parameters
        that do not fit, a first step that says no."""
        refuse_disorder(plan)
        context = self._open_context(Opening(run_id, plan, site, self._drills / run_id, lambda text: None))
        first = {call.name for call in roots(plan)}
        for call in plan.steps:
            try:
                step = self._find_step(call.step)
                params = step.Params.model_validate(call.params)
                preflight = getattr(step, "preflight", None)
                if preflight is not None:
                    preflight(context, params)
                if call.name in first:
                    step.check(context, params)
            except MedcloudError as error:
                raise refused(f"{call.name}: {error.message}", error.hint or "nothing was touched") from error
            except ValueError as error:  # pydantic's
                raise refused(f"{call.name}: parameters do not fit: {error}", "nothing was touched") from error

    def _unfinished(self) -> Run:
        run = runs.unfinished(self._drills)
        if run is None:
            raise refused("no drill run waits to be resumed", "medcloud drill list")
        return run

    def _open(self, run: Run) -> Execution:
        def open_context(note: Callable[[str], None]) -> Context:
            return self._open_context(Opening(run.run_id, run.plan, run.site, run.folder, note))

        return Execution(run, open_context, self._find_step, self._stop, self._on_line, self._lanes)

    def _drive(self, run: Run, again: bool) -> DrillResult:
        execution = self._open(run)
        if again:
            number = 1 + execution.progress.resumptions
            execution.journal.append(f"resumed/{number}", "resumed", number=number)

        def call(run_id: str, name: str, resumptions: int) -> None:
            if run_id == run.run_id:  # a run that was abandoned is none of our business
                execution.attempt(name, resumptions)

        with _durable(self._drills, call) as workflow:

            def start(name: str) -> None:
                resumptions = execution.progress.resumptions
                with SetWorkflowID(f"{run.run_id}/{name}/{resumptions}"):
                    DBOS.start_workflow(workflow, run.run_id, name, resumptions)

            execution.conduct(start)
        if not execution.progress.ended:
            self._say_why(execution)
        return load_result(run.folder / "result.json")

    def _say_why(self, execution: Execution) -> None:
        """Raises HeldRun."""
        run, resume = execution.run, execution.resume_command
        if execution.progress.may_start:
            execution.hold_by_person()
        failures = [line for line in execution.progress.holds if line["by"] == "failure"]
        if not failures or self._stop.is_set():
            raise HeldRun(f"run {run.run_id} is held", resume, by_person=True)
        trouble = "; ".join(f"{line['step']}: {line['error']}" for line in failures)
        raise HeldRun(
            f"run {run.run_id} is held at {trouble}",
            f"read what was gathered (medcloud drill show {run.site.name} {run.run_id}), then: {resume}",
            by_person=False,
        )


@contextmanager
def _durable(drills: Path, call: Callable[[str, str, int], None]) -> Iterator[Callable[[str, str, int], None]]:
    """DBOS on the site's SQLite file. Launching it at once goes on with workflows that were cut off."""
    config = DBOSConfig(
        name="medcloud-drill",
        system_database_url=f"sqlite:///{drills / 'dbos.sqlite'}",
        application_version=_FORMAT,
        executor_id="drill",
        log_level="CRITICAL",
        enable_otlp=False,
    )
    DBOS(config=config)
    try:
        workflow = DBOS.workflow(name="call", max_recovery_attempts=_ENDLESS)(call)
        DBOS.launch()
        yield workflow
    finally:
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=_LAST_WORDS)
