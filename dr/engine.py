"""The durable engine: calls of a plan start as soon as those they wait for are done; what starts at the same moment is
one DBOS workflow, so that thousands of systems cost little more than one.

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

import sqlalchemy
from dbos import DBOS, DBOSConfig, SetWorkflowID

from dr import runs, steps
from dr.context import Context
from dr.execution import LANES, Execution, Names, Signals
from dr.journal import Line
from dr.order import CONCLUDE, backwards, refuse_disorder, roots
from dr.plan import Plan
from dr.result import DrillResult, load_result
from dr.runs import Run, State
from dr.steps import Step
from dr.store import SILENCE, Fenced, Store, refuse_second
from dr.traces import FOLDER
from dr.whereabouts import refuse_victim
from inventory.error import MedcloudError, bad_input, refused
from inventory.model import Site

_FORMAT = "3"  # of the workflows: those of another number are not recovered, the journal alone goes on
_ENDLESS = 1_000_000
_IDLE = 1.0  # seconds between two looks of a worker that has nothing to do
_GLANCE = 0.1  # seconds between two looks at something that is about to happen
_LAST_WORDS = 5  # seconds for a finished workflow to be recorded before the engine lets go

_Call = Callable[[str, Names, int], None]


class HeldRun(MedcloudError):
    """The run stopped before its end and can be resumed; `by_person` when somebody interrupted it."""

    def __init__(self, run_id: str, message: str, hint: str, by_person: bool) -> None:
        super().__init__(message, hint)
        self.run_id = run_id
        self.by_person = by_person


@dataclasses.dataclass(frozen=True)
class Opening:
    """What the engine knows when it asks for a run's context."""

    run_id: str
    plan: Plan
    site: Site
    folder: Path
    note: Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class GivenUp:
    """What became of an abandoned run: the calls undone, and those that could not be, with the reason."""

    run_id: str
    undone: tuple[str, ...]
    left: dict[str, str]


class Engine:
    """Runs drills of one site. `store` keeps the runs, `open_context` builds the doors of a run, at most `lanes` calls
    are at work at once in this process, which stands in the centre `here` (None: in none of the site's)."""

    def __init__(
        self,
        store: Store,
        open_context: Callable[[Opening], Context],
        on_line: Callable[[Line], None] | None = None,
        find_step: Callable[[str], Step] = steps.find,
        lanes: int = LANES,
        here: str | None = None,
    ) -> None:
        self._store = store
        self._here = here
        self._open_context = open_context
        self._on_line = on_line
        self._find_step = find_step
        self._lanes = lanes
        self._signals = Signals()
        self._opening = threading.Lock()
        self._executions: dict[str, Execution] = {}
        self._settled = False

    def run(
        self, site: Site, plan: Plan, run_id: str | None = None, circumstances: Mapping[str, Any] = MappingProxyType({})
    ) -> DrillResult:
        """Start a drill and see it through. Raises HeldRun when it stops before its end, MedcloudError (refused) while
        another run is unfinished or the stop switch is set. `circumstances` are told in the journal's first line."""
        run_id = run_id or f"{plan.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        with self._store.at_work(run_id):
            self._refuse_stopped(site.name)
            self._refuse_second(site)
            refuse_victim(site, plan, self._here)
            self._preflight(run_id, site, plan)
            self._store.create(run_id, site, plan, circumstances)
            return self._see_through(self._execution(run_id))

    def resume(self, run_id: str | None = None) -> DrillResult:
        """Go on with a run (the unfinished one by default); one that has finished just gives its result."""
        self._store.refresh()
        run_id = run_id or self._store.unfinished()
        if run_id is None:
            raise refused("no drill run waits to be resumed", "medcloud drill list")
        if runs.load(self._store.drills, run_id).state is State.FINISHED:
            return load_result(self._store.drills / run_id / "result.json")
        with self._store.at_work(run_id):
            execution = self._execution(run_id)
            self._refuse_stopped(execution.run.site.name)
            refuse_victim(execution.run.site, execution.run.plan, self._here)
            self._go_on(execution)
            return self._see_through(execution)

    def work(self) -> None:
        """Serve the site's runs, whoever starts them, until `leave`."""
        if not self._store.shared:
            raise bad_input(
                "a worker needs a database that it shares with others", "medcloud --engine-url postgresql://…"
            )
        with self._store.at_work("worker"):
            while not self._signals.leave.is_set():
                run_id = self._store.unfinished()
                if run_id is not None:
                    self._serve(self._execution(run_id))
                self._store.living_workers()
                self._signals.leave.wait(_IDLE)

    def _serve(self, execution: Execution) -> None:
        execution.journal.refresh()
        try:
            refuse_victim(execution.run.site, execution.run.plan, self._here)
        except MedcloudError:
            return  # a worker of the victim keeps out of it, the others do the work
        if execution.progress.may_start and self._store.stop_reason() is None:
            with self._durable() as start:
                self._conduct(execution, start)

    def abandon(self, run_id: str | None, reason: str) -> GivenUp:
        """Give a run up (the unfinished one by default): undo what the plan says is to be undone, leave the rest. Where
        that is interrupted, the same again goes on."""
        run_id = run_id or self._store.unfinished()
        if run_id is None:
            raise refused("no drill run waits for its end", "medcloud drill list")
        with self._store.at_work(run_id):
            run = runs.load(self._store.drills, run_id)
            if run.state in runs.OVER:
                raise refused(f"run {run_id} is {run.state} already")
            execution = self._execution(run_id)
            self._refuse_busy(execution)
            execution.journal.append("undoing", "undoing", reason=reason)
            for call in backwards(run.plan):
                if call.undo:
                    execution.undo(call)
            execution.journal.append("abandoned", "abandoned", reason=reason)
            return _given_up(execution)

    def request_hold(self, why: str = "a person asked for it") -> None:
        """Ask the running drill to hold at the next moment that is safe; it can be resumed."""
        self._signals.why = why
        self._signals.stop.set()

    def leave(self) -> None:
        """Begin nothing more in this process and let other workers go on."""
        self._signals.leave.set()

    def _refuse_stopped(self, site: str) -> None:
        reason = self._store.stop_reason()
        if reason is not None:
            raise refused(f"drills of {site} are stopped: {reason}", f"medcloud drill allow {site}")

    def _refuse_second(self, site: Site) -> None:
        other = self._store.unfinished()
        if other is not None:
            self._store.refresh()
            refuse_second(runs.load(self._store.drills, other), site)

    def _refuse_busy(self, execution: Execution) -> None:
        """A worker that lives has not ended what it began."""
        others = set(self._store.living_workers()) - {self._store.worker}
        busy = [name for name, worker in execution.progress.open.items() if worker in others]
        if busy:
            raise refused(
                f"{', '.join(busy)} of {execution.run.run_id} is still at work", "wait for its end, or stop it"
            )

    def preflight(self, site: Site, plan: Plan) -> None:
        """Ask every guard that stands in front of a run of this plan; MedcloudError (refused) by the first that
        says no. Nothing is touched."""
        self._preflight("preflight", site, plan)

    def _preflight(self, run_id: str, site: Site, plan: Plan) -> None:
        """A drill that cannot even begin is refused instead of held: a disordered plan, an unknown step, parameters
        that do not fit, a first step that says no."""
        refuse_disorder(plan)
        folder = self._store.drills / run_id
        context = self._open_context(Opening(run_id, plan, site, folder, lambda text: None))
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

    def _execution(self, run_id: str) -> Execution:
        with self._opening:
            if run_id not in self._executions:
                self._store.refresh()
                self._executions[run_id] = self._open(runs.load(self._store.drills, run_id))
            return self._executions[run_id]

    def _open(self, run: Run) -> Execution:
        def open_context(note: Callable[[str], None]) -> Context:
            return self._open_context(Opening(run.run_id, run.plan, run.site, run.folder, note))

        return Execution(self._store, run, open_context, self._find_step, self._signals, self._on_line, self._lanes)

    def _go_on(self, execution: Execution) -> None:
        """A person resumes. Where other workers live and nothing holds the run they go on anyway, and we join them."""
        progress = execution.progress
        if progress.ended:
            raise refused(f"run {execution.run.run_id} is {progress.ended['event']}", "start a new one")
        if progress.undoing:
            site = execution.run.site.name
            raise refused(f"run {execution.run.run_id} is being undone", f"medcloud drill undo {site} sees it through")
        held = bool(progress.holds or progress.failed)
        if held or self._store.living_workers() == (self._store.worker,):
            self._refuse_busy(execution)
            number = 1 + progress.resumptions
            execution.journal.append_if(
                lambda: progress.resumptions == number - 1, f"resumed/{number}", "resumed", number=number
            )

    def _see_through(self, execution: Execution) -> DrillResult:
        with self._durable() as start:
            self._conduct(execution, start)
            self._settle(execution)
        if not execution.progress.ended:
            self._say_why(execution)
        self._store.fetch_files(execution.run)
        return load_result(execution.run.folder / "result.json")

    def _conduct(self, execution: Execution, start: Callable[[str, Names, int], bool]) -> None:
        def start_calls(names: Names) -> bool:
            return start(execution.run.run_id, names, execution.progress.resumptions)

        def look_around() -> None:
            execution.journal.refresh()
            if (execution.run.folder / "approvals").exists():  # asked here, perhaps given on another machine
                self._store.keep_files(execution.run)
            self._store.fetch_files(execution.run)
            reason = self._store.stop_reason()
            if reason is not None and not self._signals.stop.is_set():
                self.request_hold(f"drills were stopped: {reason}")
            self._take_over(execution)

        try:
            execution.conduct(start_calls, look_around)
        except Fenced:
            self._signals.stop.set()  # what waits in a step ends too
            raise MedcloudError(
                "other workers took this one for dead and went on without it", "nothing to do: they see the run through"
            ) from None

    def _take_over(self, execution: Execution) -> None:
        """Let the living workers, this one among them, do again what dead ones had begun."""
        if not self._store.shared:
            return  # one process at a time: a person resumes
        living = self._store.living_workers()
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        lost = sorted({str(work.executor_id) for work in pending} - set(living))
        if lost:
            execution.took_over(lost)
            DBOS._recover_pending_workflows(lost)  # the public door to it is a paid service; safe to repeat

    def _workflow_id(self, run_id: str, name: str, resumptions: int) -> str:
        return f"{self._store.application}/{run_id}/{name}/{resumptions}"

    def _settle(self, execution: Execution) -> None:
        """Wait until DBOS has recorded the end as well, where it was ours: then it can be left at once."""
        end, run_id = execution.progress.ended, execution.run.run_id
        if end is not None and end["event"] == "finished" and not self._store.shared:
            last = self._workflow_id(run_id, CONCLUDE, execution.progress.resumptions)
            DBOS.retrieve_workflow(last).get_result(polling_interval_sec=_GLANCE)
            self._settled = True

    @contextmanager
    def _durable(self) -> Iterator[Callable[[str, Names, int], bool]]:
        """DBOS, launched. Gives what starts calls of a run: once, wherever they run; True when they run here."""

        def call(run_id: str, names: Names, resumptions: int) -> None:
            if run_id in self._executions or run_id == self._store.unfinished():  # else it was given up
                self._execution(run_id).attempt(names, resumptions)

        with _launched(self._store, lambda: 0 if self._settled else _LAST_WORDS) as workflow_of:
            workflow = workflow_of(call)
            DBOS.launch()

            def start(run_id: str, names: Names, resumptions: int) -> bool:
                with SetWorkflowID(self._workflow_id(run_id, names[0], resumptions)):
                    handle = DBOS.start_workflow(workflow, run_id, names, resumptions)
                return not self._store.shared or handle.get_status().executor_id == self._store.worker

            yield start

    def _say_why(self, execution: Execution) -> None:
        """Raises HeldRun."""
        run, resume = execution.run, execution.resume_command
        failures = [line for line in execution.progress.holds if line["by"] == "failure"]
        if not failures or self._signals.stop.is_set():
            raise HeldRun(run.run_id, f"run {run.run_id} is held", resume, by_person=True)
        trouble = "; ".join(f"{line['step']}: {line['error']}" for line in failures)
        said = [name for line in failures for name in line["state_of_things"].get("machines", {}).get("files", ())]
        where = f"; {len(said)} machines' own words: {run.folder / FOLDER}" if said else ""
        look = f"medcloud drill show {run.site.name} {run.run_id}{where}"
        message = f"run {run.run_id} is held at {trouble}"
        raise HeldRun(run.run_id, message, f"read what was gathered ({look}), then: {resume}", by_person=False)


def _given_up(execution: Execution) -> GivenUp:
    lines = execution.journal.lines
    undone = tuple(line["step"] for line in lines if line["event"] == "undone")
    return GivenUp(
        execution.run.run_id, undone, {line["step"]: line["error"] for line in lines if line["event"] == "left"}
    )


@contextmanager
def _launched(store: Store, last_words: Callable[[], int]) -> Iterator[Callable[[_Call], _Call]]:
    """DBOS on the store's database, for the workflow that is then registered and launched."""
    database = None if store.shared else _sqlite(store.engine_url)
    config = DBOSConfig(
        name=store.application,
        system_database_url=store.engine_url,
        system_database_engine=database,
        application_version=_FORMAT,
        executor_id=store.worker,
        sys_db_idle_transaction_timeout_sec=SILENCE,  # a frozen worker's locks must not hold up the others
        notification_listener_polling_interval_sec=_GLANCE,  # the engine's end waits for its last look
        log_level="CRITICAL",
        enable_otlp=False,
    )
    DBOS(config=config)
    try:
        yield lambda call: DBOS.workflow(name="call", max_recovery_attempts=_ENDLESS)(call)
    finally:
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=last_words())
        if database is not None:
            database.dispose()


def _sqlite(url: str) -> sqlalchemy.Engine:
    """DBOS' own settings, but one connection that threads queue for (SQLite's waiting writers would sleep) and no sync
    of every commit: a killed process loses nothing, and after a power cut the journal, which is synced, is enough."""
    engine = sqlalchemy.create_engine(url, pool_size=1, max_overflow=0, connect_args={"check_same_thread": False})

    @sqlalchemy.event.listens_for(engine, "connect")
    def connected(connection: Any, record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        for setting in ("busy_timeout=30000", "foreign_keys=on", "journal_mode=wal", "synchronous=normal"):
            connection.execute(f"pragma {setting}")

    return engine
