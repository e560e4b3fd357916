"""One run at work in this process: the conductor starts what is ready, each call is attempted and journaled.

The journal alone says what is done. Whoever runs `attempt` (DBOS, and again DBOS after a crash) may do it twice: the
second time finds the call done, or out of date, and leaves it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from dr.context import Clock, Context, Evidence
from dr.gather import gather
from dr.journal import Journal, Line
from dr.order import CONCLUDE, Ready
from dr.plan import StepCall
from dr.progress import Progress
from dr.result import judge_run
from dr.runs import Run
from dr.steps import Step
from inventory.error import MedcloudError

LANES = 64  # calls at once: each may hold an SSH connection and a thread
_TICK = 0.5  # seconds after which the conductor looks up by itself


class Hold(BaseException):
    """A person's hold reached a step that waits. Not an Exception: no step's error handling may swallow it."""


class Execution:
    """A run in this process. `start(call name)` makes somebody call `attempt` in another thread."""

    def __init__(
        self,
        run: Run,
        open_context: Callable[[Callable[[str], None]], Context],
        find_step: Callable[[str], Step],
        stop: threading.Event,
        on_line: Callable[[Line], None] | None = None,
        lanes: int = LANES,
    ) -> None:
        self.run = run
        self._on_line = on_line
        self._find_step = find_step
        self._stop = stop
        self._lanes = lanes
        self._calls = {call.name: call for call in run.plan.steps}
        self._changed = threading.Event()
        self._guard = threading.Lock()
        self._busy: set[tuple[str, int]] = set()  # calls at work here, with the resumption they belong to
        self.journal = Journal(run.folder / "journal.jsonl", self._take)
        self.progress = Progress(self.journal.lines)
        self._fresh: list[str] = list(self.progress.done)
        context = open_context(lambda text: self._note(text))
        self.context = dataclasses.replace(context, clock=_HoldingClock(context.clock, stop))

    def conduct(self, start: Callable[[str], None]) -> None:
        """Start every call as soon as what it waits for is done. Returns when the run has ended, or when it holds and
        every call that was at work has come to rest."""
        ready = Ready(self.run.plan)
        while True:
            for name in self._news():
                ready.done(name)
            if self.progress.ended and not self._busy:
                return
            if self._stop.is_set() or not self.progress.may_start:
                if not self._busy:
                    return
            elif ready.all_done:
                self._begin(CONCLUDE, start)
            else:
                self._fill(ready, start)
            self._changed.wait(_TICK)
            self._changed.clear()

    def _fill(self, ready: Ready, start: Callable[[str], None]) -> None:
        while len(self._busy) < self._lanes and self.progress.may_start:
            name = ready.take()
            if name is None:
                return
            self._begin(name, start)

    def _begin(self, name: str, start: Callable[[str], None]) -> None:
        work = (name, self.progress.resumptions)
        with self._guard:
            if work in self._busy:
                return
            self._busy.add(work)
        start(name)

    def _news(self) -> list[str]:
        with self._guard:
            fresh, self._fresh = self._fresh, []
        return fresh

    def _take(self, line: Line) -> None:
        self.progress.feed(line)
        if line["event"] == "step" and line["state"] == "done":
            with self._guard:
                self._fresh.append(line["step"])
        self._changed.set()
        if self._on_line:
            self._on_line(line)

    def attempt(self, name: str, resumptions: int) -> None:
        """Do a call unless it is done, or was to be done before the run was resumed the last time."""
        try:
            if resumptions == self.progress.resumptions and not self._stop.is_set():
                self._try_to_conclude() if name == CONCLUDE else self._attempt(self._calls[name])
        finally:
            with self._guard:
                self._busy.discard((name, resumptions))
            self._changed.set()

    def _attempt(self, call: StepCall) -> None:
        number = self.progress.starts[call.name] + 1
        if not self._start(call, number):
            return
        begin = self.context.clock.monotonic()
        try:
            evidence = self._perform(call)
        except Hold:
            self._write(call, "stopped", number, attempt=number)
        except Exception as error:  # whatever went wrong, the answer is the same: hold and say what is known
            self._fail(call, number, error)
        else:
            seconds = round(self.context.clock.monotonic() - begin, 3)
            self._write(call, "done", None, evidence=evidence, seconds=seconds)

    def _start(self, call: StepCall, number: int) -> bool:
        """Claim the call's next attempt; False when it is done, taken, or nothing new may begin."""
        name, key = call.name, f"step/{call.name}/started/{number}"

        def free() -> bool:
            progress = self.progress
            return progress.may_start and name not in progress.done and progress.starts[name] == number - 1

        return self.journal.append_if(free, key, "step", step=name, state="started", attempt=number) is not None

    def _perform(self, call: StepCall) -> Evidence:
        step = self._find_step(call.step)
        params = step.Params.model_validate(call.params)
        step.check(self.context, params)
        return step.run(self.context, params)

    def _write(self, call: StepCall, state: str, number: int | None, **fields: object) -> None:
        key = f"step/{call.name}/{state}" if number is None else f"step/{call.name}/{state}/{number}"
        self.journal.append(key, "step", step=call.name, state=state, **fields)

    def _fail(self, call: StepCall, number: int, error: Exception) -> None:
        known = isinstance(error, MedcloudError)
        text = str(error) if known else "".join(traceback.format_exception(error))[-3000:]
        self._write(call, "failed", number, attempt=number, error=text)
        self._hold(f"{call.name}/{number}", "failure", call.name, error, gather(self.context))

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
            self._hold(
                f"by-person/{self.progress.resumptions}", "person", "", MedcloudError("a person asked for it"), {}
            )

    @property
    def resume_command(self) -> str:
        return f"medcloud drill resume {self.run.site.name} {self.run.run_id}"

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
        files = {file.name: _sha256(file) for file in (path, folder / "ledger.jsonl") if file.exists()}
        self.journal.append("finished", "finished", verdict=result.verdict, files=files)

    def _note(self, text: str) -> None:
        self.journal.append(None, "note", text=text)


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
            raise Hold
        self._clock.sleep(seconds)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
