"""In which order the calls of a plan may run: a call starts when every call named in its `after` is done."""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError, TopologicalSorter

from dr.plan import Plan, StepCall
from inventory.error import refused

CONCLUDE = "conclude"  # the engine's own last piece of work


def roots(plan: Plan) -> tuple[StepCall, ...]:
    """The calls that begin at once."""
    return tuple(call for call in plan.steps if not call.after)


def backwards(plan: Plan) -> tuple[StepCall, ...]:
    """All calls in an order in which they can be undone: what came later first."""
    place = {call.name: number for number, call in enumerate(plan.steps)}
    sorter = _sorter(plan)
    found: list[StepCall] = []
    while sorter.is_active():
        layer = sorted(sorter.get_ready(), key=place.__getitem__)
        found += [plan.steps[place[name]] for name in layer]
        sorter.done(*layer)
    return tuple(reversed(found))


def refuse_disorder(plan: Plan) -> None:
    """Raises MedcloudError (refused) for a plan whose calls are none, share a name, wait for nobody or in a circle."""
    if not plan.steps:
        raise refused(f"plan {plan.name} has no steps", "nothing was touched")
    names = Counter(call.name for call in plan.steps)
    twice = [name for name, number in names.items() if number > 1 or name == CONCLUDE]
    if twice:
        raise refused(f"plan {plan.name}: the name {twice[0]} is taken", "give every step of a plan a name of its own")
    for call in plan.steps:
        unknown = [name for name in call.after if name not in names]
        if unknown:
            raise refused(f"{call.name} waits for {unknown[0]}, which is no step of plan {plan.name}", "mend the plan")
    try:
        _sorter(plan)
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise refused(f"plan {plan.name}: steps wait for each other: {circle}", "mend the plan") from None


class Ready:
    """The calls that may start now, given what is done. Not safe for threads: one conductor owns it."""

    def __init__(self, plan: Plan) -> None:
        self._sorter = _sorter(plan)
        self._waiting: dict[str, None] = dict.fromkeys(self._sorter.get_ready())

    def done(self, name: str) -> None:
        """A call is done (in an order in which that is possible: the journal's)."""
        self._waiting.pop(name, None)
        self._sorter.done(name)
        self._waiting |= dict.fromkeys(self._sorter.get_ready())

    def take(self) -> str | None:
        """A call that can start; each is given out once. None when all others wait or are given out."""
        name = next(iter(self._waiting), None)
        if name is not None:
            del self._waiting[name]
        return name

    @property
    def all_done(self) -> bool:
        return not self._sorter.is_active()


def _sorter(plan: Plan) -> TopologicalSorter[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for call in plan.steps:
        sorter.add(call.name, *call.after)
    sorter.prepare()
    return sorter
