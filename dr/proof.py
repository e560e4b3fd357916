"""What the runs so far have measured of a system: the worst of its last unplanned drills, and its proved restores.

Only a run that really took the centre away counts: tabletop, test and planned runs prove nothing about a disaster.
A run that struck and was then given up counts as the worst of all: leaving bad runs out would be choosing the grade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dr.plan import Mode
from dr.result import DrillResult, StepTiming, SystemResult
from dr.runs import Run, State
from inventory.model import System

LAST = 3  # runs of each plan
VALID = timedelta(days=365)


@dataclass(frozen=True)
class Proof:
    """The worst outage and loss of the counted runs, in seconds, and by which run; `ended` is the newest run's end.
    `address_moved`: every run moved the service address by itself; `lost_rows` counts all that was lost or doubled."""

    system: str
    rto_seconds: float
    rpo_seconds: float
    rto_run: str
    rpo_run: str
    runs: tuple[str, ...]
    ended: datetime
    lost_rows: int
    doubled_rows: int
    address_moved: bool
    model_hashes: tuple[str, ...]


@dataclass(frozen=True)
class NotProved:
    """Nothing may be said about the system, and why."""

    system: str
    why: str
    run: str = ""


@dataclass(frozen=True)
class Restore:
    """A proved restore from backup; `point_in_time` when a chosen past point was restored."""

    system: str
    run: str
    ended: datetime
    point_in_time: bool


def of_system(
    declared: System, results: Iterable[DrillResult], given_up: Iterable[Run], now: datetime, last: int = LAST
) -> Proof | NotProved:
    """The proof of one system from all runs of a site. Only the loss of its own centre is a disaster to it."""
    system, unplanned = declared.name, [r for r in results if r.mode == Mode.UNPLANNED]
    recent = [r for r in unplanned if r.source == declared.centre and now - _time(r.ended) <= VALID]
    broken = _given_up(declared, given_up, now)
    counted = [run for run in _last(recent, last) if any(s.system == system for s in run.systems)]
    newest = max((_time(run.started) for run in counted), default=None)
    for run_id, began in broken:
        if sum(_time(run.started) > began for run in counted) < last:
            return NotProved(system, f"run {run_id} struck the centre and was given up", run_id)
    if newest is None:
        return _never(system, recent)
    for run in counted:
        found = _of(run, system)
        if found.rto_seconds is None or found.missing_after_healing is None:
            return NotProved(system, f"run {run.run_id} could not measure it", run.run_id)
    return _worst(system, counted)


def restores(results: Iterable[DrillResult]) -> tuple[Restore, ...]:
    """Every proved restore in the runs: a step `restore-…` that is done and names its system."""
    found = []
    for result in results:
        for step in result.steps:
            system = step.evidence.get("system")
            if step.step.startswith("restore-") and isinstance(system, str) and _sound(step):
                chosen = bool(step.evidence.get("point_in_time"))
                found.append(Restore(system, result.run_id, _time(step.ended), chosen))
    return tuple(found)


def _sound(step: StepTiming) -> bool:
    """A restore whose comparison found a difference proves nothing."""
    return bool(step.evidence.get("verdict", "met") == "met")


def _last(results: list[DrillResult], last: int) -> list[DrillResult]:
    """The last so many runs of each plan."""
    of_plan: dict[str, list[DrillResult]] = {}
    for result in sorted(results, key=lambda result: result.started):
        of_plan.setdefault(result.plan, []).append(result)
    return [result for runs in of_plan.values() for result in runs[-last:]]


def _given_up(declared: System, runs: Iterable[Run], now: datetime) -> list[tuple[str, datetime]]:
    found = []
    for run in runs:
        began = _time(run.lines[0]["at"])
        struck = any(line.get("state") == "done" and line.get("step") == "strike-centre" for line in run.lines)
        lost = run.plan.mode == Mode.UNPLANNED and run.plan.source == declared.centre
        moved = declared.name in run.plan.moved
        if run.state is State.ABANDONED and lost and moved and struck and now - began <= VALID:
            found.append((run.run_id, began))
    return found


def _never(system: str, recent: list[DrillResult]) -> NotProved:
    counted = next((run.run_id for run in reversed(recent) if system in run.left_out), "")
    if counted:
        return NotProved(system, f"only counted in {counted}, never moved as a real machine", counted)
    return NotProved(system, "no unplanned drill has measured it within a year")


def _worst(system: str, runs: list[DrillResult]) -> Proof:
    slowest = max(runs, key=lambda run: _of(run, system).rto_seconds or 0.0)
    poorest = max(runs, key=lambda run: _loss(_of(run, system)))
    parts = [_of(run, system) for run in runs]
    return Proof(
        system=system,
        rto_seconds=_of(slowest, system).rto_seconds or 0.0,
        rpo_seconds=_loss(_of(poorest, system)),
        rto_run=slowest.run_id,
        rpo_run=poorest.run_id,
        runs=tuple(run.run_id for run in sorted(runs, key=lambda run: run.started)),
        ended=max(_time(run.ended) for run in runs),
        lost_rows=max(_lost(part) for part in parts),
        doubled_rows=max(part.doubled or 0 for part in parts),
        address_moved=all(_moved_address(run, system) for run in runs),
        model_hashes=tuple(sorted({run.model_hash for run in runs})),
    )


def _loss(part: SystemResult) -> float:
    """What was lost as time: never zero while a row is missing, and longer than any threshold when nobody knows."""
    if _lost(part) == 0:
        return 0.0
    return max(part.missing_seconds, 0.001) if part.missing_seconds is not None else float("inf")


def _lost(part: SystemResult) -> int:
    return max(part.missing_before_healing or 0, part.missing_after_healing or 0)


def _moved_address(run: DrillResult, system: str) -> bool:
    """Whether a step of the run moved the wards to the target without anybody's hand."""
    moving = ("move-service-address", "switch-pacs")
    return any(step.step in moving for step in run.steps) and _of(run, system).rto_seconds is not None


def _of(run: DrillResult, system: str) -> SystemResult:
    return next(part for part in run.systems if part.system == system)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def latest(found: Iterable[Restore]) -> Mapping[str, Restore]:
    """System → its newest restore."""
    return {restore.system: restore for restore in sorted(found, key=lambda restore: restore.ended)}
