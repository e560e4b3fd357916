"""The durable engine: a plan runs as one DBOS workflow whose id is the run's, each step as one durable DBOS step.

The orchestrator may die at any moment: `resume` replays what is recorded and goes on with the step it died in. A step
that fails holds the run: its DBOS step is left unrecorded, so resuming runs it again and no step before it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dbos import DBOS, DBOSConfig, SetWorkflowID

from dr import runs, steps
from dr.context import Clock, Context
from dr.gather import gather
from dr.journal import Journal, Line
from dr.plan import Plan, StepCall
from dr.result import DrillResult, judge_run, load_result
from dr.runs import Run, State
from dr.steps import Step
from inventory.error import MedcloudError, refused
from inventory.model import Site

_FORMAT = "1"  # of the workflow: another number cannot resume its runs
_ENDLESS = 1_000_000


class _Hold(BaseException):
    """Leaves the workflow where it is. Not an Exception: DBOS must not record the step as ended."""


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
    """Runs drills of one site; `drills` is the folder of its runs, `open_context` builds the doors of a run."""

    def __init__(
        self,
        drills: Path,
        open_context: Callable[[Opening], Context],
        on_line: Callable[[Line], None] | None = None,
        find_step: Callable[[str], Step] = steps.find,
    ) -> None:
        self._drills = drills
        self._open_context = open_context
        self._on_line = on_line
        self._find_step = find_step
        self._stop = threading.Event()
        self._held = threading.Event()

    def run(self, site: Site, plan: Plan, run_id: str | None = None) -> DrillResult:
        """Start a drill and see it through. Raises HeldRun when it stops before its end, MedcloudError (refused) while
        another run is unfinished."""
        run_id = run_id or f"{plan.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        with runs.locked(self._drills, run_id):
            other = runs.unfinished(self._drills)
            if other is not None:
                raise refused(
                    f"run {other.run_id} is {other.state}: it has not ended",
                    f"medcloud drill resume {site.name} {other.run_id}",
                )
            self._preflight(run_id, site, plan)
            runs.create(self._drills, run_id, site, plan)
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
            journal, context = self._open(run)
            for call in reversed(run.plan.steps):
                if call.undo and any(line.get("step") == call.name for line in run.lines):
                    self._undo(context, journal, call)
            journal.append("abandoned", "abandoned", reason=reason)

    def _undo(self, context: Context, journal: Journal, call: StepCall) -> None:
        step = self._find_step(call.step)
        try:
            evidence = step.undo(context, step.Params.model_validate(call.params))
            journal.append(f"undone/{call.name}", "undone", step=call.name, evidence=evidence)
        except MedcloudError as error:  # a run must be possible to give up even when its site is gone
            journal.append(f"left/{call.name}", "left", step=call.name, error=str(error))

    def request_hold(self) -> None:
        """Ask the running drill to hold at the next moment that is safe; it can be resumed."""
        self._stop.set()

    def _preflight(self, run_id: str, site: Site, plan: Plan) -> None:
        """A drill that cannot even begin is refused instead of held."""
        call = plan.steps[0]
        step = self._find_step(call.step)
        context = self._open_context(Opening(run_id, plan, site, self._drills / run_id, lambda text: None))
        try:
            step.check(context, step.Params.model_validate(call.params))
        except MedcloudError as error:
            raise refused(f"{call.name}: {error.message}", error.hint or "nothing was touched") from error

    def _unfinished(self) -> Run:
        run = runs.unfinished(self._drills)
        if run is None:
            raise refused("no drill run waits to be resumed", "medcloud drill list")
        return run

    def _open(self, run: Run) -> tuple[Journal, Context]:
        journal = Journal(run.folder / "journal.jsonl", self._on_line)
        context = self._open_context(Opening(run.run_id, run.plan, run.site, run.folder, _noter(journal)))
        return journal, dataclasses.replace(context, clock=_HoldingClock(context.clock, self._stop))

    def _drive(self, run: Run, again: bool) -> DrillResult:
        journal, context = self._open(run)
        if again:
            number = 1 + sum(line["event"] == "resumed" for line in journal.lines)
            journal.append(f"resumed/{number}", "resumed", number=number)

        def drill(run_id: str) -> str:
            if run_id != run.run_id:
                raise _Hold  # a run that was abandoned is none of our business
            for call in run.plan.steps:
                DBOS.run_step({"name": call.name}, self._execute, context, journal, call.name)
            DBOS.run_step({"name": "conclude"}, self._conclude, run, journal)
            return run_id

        with _durable(self._drills, drill) as workflow:
            if _status(run.run_id) is None:
                with SetWorkflowID(run.run_id):
                    DBOS.start_workflow(workflow, run.run_id)
            self._await(run, journal)
        return load_result(run.folder / "result.json")

    def _await(self, run: Run, journal: Journal) -> None:
        while not self._held.wait(0.05):
            if journal.find("finished") and _status(run.run_id) == "SUCCESS":
                return
        resume = f"medcloud drill resume {run.site.name} {run.run_id}"
        last = next((line for line in reversed(journal.lines) if line["event"] == "held"), None)
        if self._stop.is_set() or last is None:
            raise HeldRun(f"run {run.run_id} is held", resume, by_person=True)
        raise HeldRun(
            f"run {run.run_id} is held at {last['step']}: {last['error']}",
            f"read what was gathered (medcloud drill show {run.site.name} {run.run_id}), then: {resume}",
            by_person=False,
        )

    def _execute(self, context: Context, journal: Journal, name: str) -> None:
        """One step; what the journal has as done is not done again."""
        call = next(call for call in context.plan.steps if call.name == name)
        if journal.find(f"step/{name}/done"):
            return
        try:
            self._attempt(context, journal, call)
        except _Hold:
            self._held.set()
            raise

    def _attempt(self, context: Context, journal: Journal, call: StepCall) -> None:
        if self._stop.is_set():
            raise _Hold
        mine = [line for line in journal.lines if line.get("step") == call.name]
        number = 1 + sum(line["event"] == "step" and line["state"] == "started" for line in mine)
        journal.append(f"step/{call.name}/started/{number}", "step", step=call.name, state="started", attempt=number)
        begin = context.clock.monotonic()
        try:
            step = self._find_step(call.step)
            params = step.Params.model_validate(call.params)
            step.check(context, params)
            evidence = step.run(context, params)
        except Exception as error:  # whatever went wrong, the answer is the same: hold and say what is known
            self._fail(context, journal, call, number, error)
            raise _Hold from error
        journal.append(
            f"step/{call.name}/done",
            "step",
            step=call.name,
            state="done",
            evidence=evidence,
            seconds=round(context.clock.monotonic() - begin, 3),
        )

    def _fail(self, context: Context, journal: Journal, call: StepCall, number: int, error: Exception) -> None:
        known = isinstance(error, MedcloudError)
        text = str(error) if known else "".join(traceback.format_exception(error))[-3000:]
        journal.append(
            f"step/{call.name}/failed/{number}", "step", step=call.name, state="failed", attempt=number, error=text
        )
        journal.append(
            f"held/{call.name}/{number}",
            "held",
            step=call.name,
            attempt=number,
            error=str(error).splitlines()[0] if str(error) else type(error).__name__,
            hint=error.hint if isinstance(error, MedcloudError) else "",
            state_of_things=gather(context),
            next=f"medcloud drill resume {context.site.name} {context.run_id}",
        )

    def _conclude(self, run: Run, journal: Journal) -> None:
        """Judge the run, keep the result, and bind result and ledger into the journal by their hashes."""
        if journal.find("finished"):
            return  # died after the last line and before DBOS knew: the result is bound already
        first = journal.lines[0]
        hashes = {"model": first["model_hash"], "plan": first["plan_hash"]}
        result = judge_run(run.run_id, run.site, run.plan, hashes, journal.lines)
        path = run.folder / "result.json"
        draft = path.with_suffix(".new")
        draft.write_text(result.model_dump_json(indent=2), encoding="utf-8")
        draft.replace(path)
        files = {file.name: _sha256(file) for file in (path, run.folder / "ledger.jsonl") if file.exists()}
        journal.append("finished", "finished", verdict=result.verdict, files=files)


class _HoldingClock:
    """A clock in whose sleep a requested hold takes effect."""

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        self._clock = clock
        self._stop = stop

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        if self._stop.is_set():
            raise _Hold
        self._clock.sleep(seconds)


@contextmanager
def _durable(drills: Path, drill: Callable[[str], str]) -> Iterator[Callable[[str], str]]:
    """DBOS on the site's SQLite file. Launching it at once goes on with a workflow that was cut off."""
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
        workflow = DBOS.workflow(name="drill", max_recovery_attempts=_ENDLESS)(drill)
        DBOS.launch()
        yield workflow
    finally:
        DBOS.destroy(destroy_registry=True)


def _status(run_id: str) -> str | None:
    found = DBOS.get_workflow_status(run_id)
    return None if found is None else str(found.status)


def _noter(journal: Journal) -> Callable[[str], None]:
    def note(text: str) -> None:
        journal.append(f"note/{len(journal.lines)}", "note", text=text)

    return note


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
