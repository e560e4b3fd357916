"""One run at work in this process: the conductor starts what is ready, each call is attempted and journaled.

The journal alone says what is done. Whoever runs `attempt` (DBOS, and again DBOS after a crash) may do it twice: the
second time finds the call done, or out of date, and leaves it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path

from dr import traces
from dr.context import Clock, Context, Evidence
from dr.gather import gather
from dr.journal import Line
from dr.order import CONCLUDE, Ready
from dr.plan import StepCall
from dr.progress import Progress
from dr.result import judge_run
from dr.runs import Run
from dr.steps import Step
from dr.store import Store
from inventory.error import MedcloudError

Names = tuple[str, ...]
LANES = 64  # calls at once: each may hold an SSH connection and a thread
_TICK = 0.5  # seconds after which the conductor looks up by itself


class Hold(BaseException):
    """A person's hold reached a step that waits. Not an Exception: no step's error handling may swallow it."""


class Signals:
    """What people want of this process: `stop` holds the run, `leave` lets other workers go on with it."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.leave = threading.Event()
        self.why = "a person asked for it"


class Execution:
    """A run in this process. `start(call names)` makes somebody call `attempt` in another thread."""

    def __init__(
        self,
        store: Store,
        run: Run,
        open_context: Callable[[Callable[[str], None]], Context],
        find_step: Callable[[str], Step],
        signals: Signals,
        on_line: Callable[[Line], None] | None = None,
        lanes: int = LANES,
    ) -> None:
        self.run = run
        self._store = store
        self._on_line = on_line
        self._find_step = find_step
        self._signals = signals
        self._lanes = lanes
        self._hands = ThreadPoolExecutor(lanes, "call")  # makes no thread before it is needed
        self._bundle = 1 if store.shared else lanes  # a call of its own can be taken by any worker
        self._calls = {call.name: call for call in run.plan.steps}
        self._changed = threading.Event()
        self._guard = threading.Lock()
        self._busy: set[tuple[str, int]] = set()  # calls at work here, with the resumption they belong to
        self.progress = Progress()
        self.journal = store.journal(run, self._take)
        self.progress = Progress(self.journal.lines)
        context = open_context(lambda text: self._note(text))
        self.context = dataclasses.replace(context, clock=_HoldingClock(context.clock, self._must_hold))

    def _must_hold(self) -> bool:
        return self._signals.stop.is_set() or self.progress.held_by_person

    def conduct(self, start: Callable[[Names], bool], look_around: Callable[[], None]) -> None:
        """Start every call as soon as what it waits for is done. Returns when the run has ended, or when it holds (or
        this worker leaves) and every call that was at work here has come to rest. `start` says whether the calls run
        here; `look_around` is called every now and then."""
        ready, looked, known = Ready(self.run.plan), 0.0, 0
        while True:
            if time.monotonic() - looked >= _TICK:
                look_around()
                looked = time.monotonic()
            for name in self.progress.done_order[known:]:
                ready.done(name)
                known += 1
            if self._signals.stop.is_set():
                self.hold_by_person()
            if not self.progress.may_start or self._signals.leave.is_set():
                if not self._busy:
                    return
            elif ready.all_done:
                self._begin([CONCLUDE], start)
            else:
                self._fill(ready, start)
            self._changed.wait(_TICK)
            self._changed.clear()

    def _fill(self, ready: Ready, start: Callable[[Names], bool]) -> None:
        """Begin what is ready, all of it at once: the more there is to do, the less every call costs."""
        while self.progress.may_start:
            room = min(self._bundle, self._lanes - len(self._busy))
            names = [name for _ in range(room) if (name := ready.take()) is not None]
            if not names:
                return
            self._begin(names, start)

    def _begin(self, names: list[str], start: Callable[[Names], bool]) -> None:
        resumptions = self.progress.resumptions
        with self._guard:
            works = [work for name in names if (work := (name, resumptions)) not in self._busy]
            self._busy.update(works)
        if works and not start(tuple(name for name, _ in works)):
            self._rest(*works)

    def _rest(self, *works: tuple[str, int]) -> None:
        with self._guard:
            self._busy.difference_update(works)
        self._changed.set()

    def _take(self, line: Line) -> None:
        self.progress.feed(line)
        if line.get("state") != "started":  # of what it began itself the conductor need not hear
            self._changed.set()
        if self._on_line:
            self._on_line(line)

    def attempt(self, names: Names, resumptions: int) -> None:
        """Do calls side by side, each unless it is done, or was to be done before the run was resumed the last time.

        Raises Hold (so that DBOS keeps the calls for somebody else) where this worker may not begin one.
        """
        beside = [self._hands.submit(self._attempt_one, name, resumptions) for name in names[1:]]
        try:
            self._attempt_one(names[0], resumptions)
        finally:
            wait(beside)
        for future in beside:
            future.result()

    def _attempt_one(self, name: str, resumptions: int) -> None:
        work = (name, resumptions)
        with self._guard:
            self._busy.add(work)
        try:
            if resumptions != self.progress.resumptions:
                return
            if self._signals.stop.is_set() or self._signals.leave.is_set():
                raise Hold
            self._try_to_conclude() if name == CONCLUDE else self._attempt(self._calls[name])
        finally:
            self._rest(work)

    def _attempt(self, call: StepCall) -> None:
        number = self.progress.starts[call.name] + 1
        if not self._start(call, number):
            return
        begin = self.context.clock.monotonic()
        try:
            evidence = self._perform(call)
        except Hold:
            self.hold_by_person()
            self._write(call, "stopped", number, attempt=number)
        except Exception as error:  # whatever went wrong, the answer is the same: hold and say what is known
            self._fail(call, number, error, self.context.clock.monotonic() - begin)
        else:
            seconds = round(self.context.clock.monotonic() - begin, 3)
            self._write(call, "done", None, evidence=evidence, seconds=seconds)

    def _start(self, call: StepCall, number: int) -> bool:
        """Claim the call's next attempt; False when it is done, taken, or nothing new may begin."""
        name, key = call.name, f"step/{call.name}/started/{number}"

        def free() -> bool:
            progress = self.progress
            return progress.may_start and name not in progress.done and progress.starts[name] == number - 1

        line = self.journal.append_if(
            free, key, "step", step=name, state="started", attempt=number, worker=self._store.worker
        )
        return line is not None

    def _perform(self, call: StepCall) -> Evidence:
        step = self._find_step(call.step)
        params = step.Params.model_validate(call.params)
        self._store.fetch_files(self.run)
        step.check(self.context, params)
        evidence = step.run(self.context, params)
        self._store.keep_files(self.run)
        return evidence

    def _write(self, call: StepCall, state: str, number: int | None, **fields: object) -> None:
        key = f"step/{call.name}/{state}" if number is None else f"step/{call.name}/{state}/{number}"
        self.journal.append(key, "step", step=call.name, state=state, **fields)

    def _fail(self, call: StepCall, number: int, error: Exception, seconds: float) -> None:
        known = isinstance(error, MedcloudError)
        text = str(error) if known else "".join(traceback.format_exception(error))[-3000:]
        self._write(call, "failed", number, attempt=number, error=text)
        said = traces.keep(self.context, traces.Failure(call, number, seconds))
        self._store.keep_files(self.run)
        self._hold(f"{call.name}/{number}", "failure", call.name, error, gather(self.context) | {"machines": said})

    def _hold(self, key: str, by: str, step: str, error: BaseException, state_of_things: Evidence) -> None:
        self.journal.append(
            f"held/{key}",
            "held",
            by=by,
            step=step,
            error=str(error).splitlines()[0] if str(error) else type(error).__name__,
            hint=error.hint if isinstance(error, MedcloudError) else "",
            state_of_things=state_of_things,
            next=self.resume_command,
        )

    def hold_by_person(self) -> None:
        """Write down that a person stopped the run, where nothing else holds it."""
        if self.progress.may_start:
            why = MedcloudError(self._signals.why)
            self._hold(f"by-person/{self.progress.resumptions}", "person", "", why, {})

    @property
    def resume_command(self) -> str:
        return f"medcloud drill resume {self.run.site.name} {self.run.run_id}"

    def took_over(self, lost: Sequence[str]) -> None:
        """Write down which calls of dead workers are now done again by the living."""
        for worker in lost:
            calls = sorted(name for name, who in self.progress.open.items() if who == worker)
            if calls:
                self.journal.append(f"took-over/{worker}", "took-over", worker=worker, calls=calls)

    def undo(self, call: StepCall) -> None:
        """Undo a call that has begun, once; what cannot be undone is noted."""
        if call.name not in self.progress.begun or self.journal.find(f"undone/{call.name}"):
            return
        step = self._find_step(call.step)
        try:
            evidence = step.undo(self.context, step.Params.model_validate(call.params))
        except MedcloudError as error:  # a run must be possible to give up even when its site is gone
            self.journal.append(f"left/{call.name}", "left", step=call.name, error=str(error))
        else:
            self.journal.append(f"undone/{call.name}", "undone", step=call.name, evidence=evidence)

    def _try_to_conclude(self) -> None:
        try:
            if self.progress.may_start:
                self._conclude()
        except Exception as error:  # the drill itself is done: mend what is wrong and resume
            self._hold(f"{CONCLUDE}/{self.progress.resumptions}", "failure", CONCLUDE, error, {})

    def _conclude(self) -> None:
        """Judge the run, keep the result, and bind result and ledger into the journal by their hashes."""
        lines, folder = self.journal.lines, self.run.folder
        hashes = {"model": lines[0]["model_hash"], "plan": lines[0]["plan_hash"]}
        result = judge_run(self.run.run_id, self.run.site, self.run.plan, hashes, lines)
        path = folder / "result.json"
        draft = path.with_suffix(".new")
        draft.write_text(result.model_dump_json(indent=2), encoding="utf-8")
        draft.replace(path)
        self._store.keep_files(self.run)
        files = {file.name: _sha256(file) for file in (path, folder / "ledger.jsonl") if file.exists()}
        self.journal.append("finished", "finished", verdict=result.verdict, files=files)

    def _note(self, text: str) -> None:
        self.journal.append(None, "note", text=text)


class _HoldingClock:
    """A clock in whose sleep a requested hold takes effect."""

    def __init__(self, clock: Clock, must_hold: Callable[[], bool]) -> None:
        self._clock = clock
        self._must_hold = must_hold

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        if self._must_hold():
            raise Hold
        self._clock.sleep(seconds)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
