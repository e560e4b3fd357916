"""What a plan will take, from what its steps took before on this site. What never ran is unknown, never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from dr import paths
from dr.plan import Plan, StepCall
from dr.result import DrillResult

RUNS = 5  # the newest runs of a step that count
_BEGINS = ("strike-centre", "drain-database", "take-lease", "switchover-database")  # from here on the ward waits
_RESTORES = ("move-service-address", "switch-pacs")  # here the ward works again


@dataclass(frozen=True)
class Forecast:
    """Seconds. `steps` has what is known of each call; `total` and a system's `rto` are None where a call on the way
    never ran here: those are named in `unknown`."""

    steps: dict[str, float]
    critical: tuple[str, ...]
    total: float | None
    rto: dict[str, float | None]
    unknown: tuple[str, ...]


def forecast(plan: Plan, past: Iterable[DrillResult]) -> Forecast:
    """The critical path and the times, from the newest runs of the same steps (towards the same target where there are
    such)."""
    results = sorted(past, key=lambda result: result.started, reverse=True)
    known = {call.name: seconds for call in plan.steps if (seconds := _seconds(call, plan, results)) is not None}
    critical = paths.longest(plan.steps, known)
    return Forecast(
        steps=known,
        critical=critical if _sum(critical, known) is not None else (),
        total=_sum(critical, known),
        rto={name: _rto(plan, name, known) for name in plan.moved},
        unknown=tuple(call.name for call in plan.steps if call.name not in known),
    )


def _seconds(call: StepCall, plan: Plan, results: list[DrillResult]) -> float | None:
    timed = [(result, ran) for result in results for ran in result.steps if ran.step == call.step]
    alike = [s.seconds for result, s in timed if (result.source, result.target) == (plan.source, plan.target)]
    chosen = (alike or [s.seconds for _, s in timed])[:RUNS]
    return round(median(chosen), 3) if chosen else None


def _sum(way: tuple[str, ...], known: dict[str, float]) -> float | None:
    return round(sum(known[name] for name in way), 3) if way and all(name in known for name in way) else None


def _rto(plan: Plan, system: str, known: dict[str, float]) -> float | None:
    """From the first call that takes the service away to the one that gives it back, along the longest way between."""
    back = next((c for c in plan.steps if c.step in _RESTORES and c.params.get("system") == system), None)
    if back is None:
        return None
    before = {*paths.ancestors(plan.steps, back.name), back.name}
    way = [call for call in plan.steps if call.name in before]
    begin = next((call for call in way if call.step in _BEGINS), back)
    inside = [c for c in way if c is begin or begin.name in paths.ancestors(plan.steps, c.name)]
    return _sum(paths.longest(inside, known), known)
