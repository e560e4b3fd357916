"""Ways through the graph of a plan's calls: in a possible order, back to the beginning, the longest one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dr.plan import StepCall


def listed(calls: Sequence[StepCall]) -> tuple[StepCall, ...]:
    """The calls in an order that `after` allows, else as they were written (`dr.order.refuse_disorder` before)."""
    left, done, found = list(calls), set[str](), list[StepCall]()
    while left:
        ready = next(call for call in left if done.issuperset(call.after))
        left.remove(ready)
        done.add(ready.name)
        found.append(ready)
    return tuple(found)


def ancestors(calls: Sequence[StepCall], name: str) -> set[str]:
    """Every call that must be done before that one."""
    graph, found, waiting = _graph(calls), set[str](), [name]
    while waiting:
        for earlier in graph[waiting.pop()]:
            if earlier not in found:
                found.add(earlier)
                waiting.append(earlier)
    return found


def longest(calls: Sequence[StepCall], seconds: Mapping[str, float]) -> tuple[str, ...]:
    """The critical path: the chain of calls whose seconds add up to most. The calls must be listed in order."""
    best: dict[str, tuple[float, tuple[str, ...]]] = {}
    for call in calls:
        before = [best[name] for name in call.after if name in best]
        start, way = max(before, key=lambda item: item[0], default=(0.0, ()))
        best[call.name] = (start + seconds.get(call.name, 0.0), (*way, call.name))
    return max(best.values(), key=lambda item: item[0], default=(0.0, ()))[1]


def _graph(calls: Sequence[StepCall]) -> dict[str, tuple[str, ...]]:
    return {call.name: call.after for call in calls}
