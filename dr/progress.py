"""How far a run has come, as its journal says: pure, fed line by line in the journal's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from dr.plan import StepCall

Line = dict[str, Any]


class Progress:
    """`done` maps a call's name to its line, `open` one that has begun and not ended to the worker that began it;
    `holds` and `failed` are those since the run was last resumed."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.done: dict[str, Line] = {}
        self.done_order: list[str] = []
        self.starts: Counter[str] = Counter()
        self.open: dict[str, str] = {}
        self.holds: tuple[Line, ...] = ()
        self.failed: frozenset[str] = frozenset()
        self.resumptions = 0
        self.undoing = False
        self.ended: Line | None = None
        for line in lines:
            self.feed(line)

    def feed(self, line: Line) -> None:
        """Take the next line into account."""
        event = line["event"]
        if event == "step":
            self._step(line)
        elif event == "resumed":
            self.resumptions, self.holds, self.failed = self.resumptions + 1, (), frozenset()
        elif event == "held":
            self.holds = (*self.holds, line)
        elif event == "undoing":
            self.undoing = True
        elif event in ("finished", "abandoned"):
            self.ended = line

    def _step(self, line: Line) -> None:
        name, state = line["step"], line["state"]
        if state == "started":
            self.starts[name] += 1
            self.open[name] = line.get("worker", "")
            return
        self.open.pop(name, None)
        if state == "done":
            self.done[name] = line
            self.done_order.append(name)
        elif state == "failed":
            self.failed |= {name}

    @property
    def held_by_person(self) -> bool:
        """A person's hold also ends waiting; a failure lets what runs beside it finish."""
        return any(line.get("by") == "person" for line in self.holds)

    @property
    def begun(self) -> frozenset[str]:
        """The calls that have started at least once, so that something of them may be there to be undone."""
        return frozenset(self.starts)

    @property
    def may_start(self) -> bool:
        """Nothing new begins in a run that is held, about to be (evidence is gathered first), being undone or over."""
        return not (self.holds or self.failed or self.undoing or self.ended)

    def is_over(self, calls: Iterable[StepCall]) -> bool:
        """Every call is done."""
        return all(call.name in self.done for call in calls)
