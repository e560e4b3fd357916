"""When drills are due, and when they may run: yearly and quarterly duties, windows that spare surgery and billing.

Pure. Windows are hours of the week in the site's own time zone; a closed day closes every hour of that calendar day, so
a night window that reaches into it ends at midnight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dr.plan import Mode, Plan
from dr.proof import Restore
from dr.result import DrillResult
from inventory.model import Site
from inventory.recovery import Recovery

YEARLY = timedelta(days=365)
SOON = timedelta(days=30)
_HORIZON = 120  # days to look ahead for a window
_UNKNOWN_LENGTH = timedelta(minutes=30)  # of a drill that has never run


@dataclass(frozen=True)
class Opening:
    """A stretch of time in which a drill may run, in the site's time zone."""

    begin: datetime
    end: datetime


class DutyState(StrEnum):
    DONE = "done"
    SOON = "soon"
    OVERDUE = "overdue"
    NEVER = "never-done"


@dataclass(frozen=True)
class Duty:
    """One recurring duty: a plan's yearly drill or a system's restore test. `run` fulfilled it last, `due` is when it
    must be fulfilled again (now when it never was)."""

    kind: str
    subject: str
    every: timedelta
    last: datetime | None
    run: str
    due: datetime
    state: DutyState


def openings(recovery: Recovery, since: datetime, days: int = _HORIZON) -> Iterator[Opening]:
    """The stretches in which drills may run, from `since` on, the first of them cut to begin then. Without declared
    windows every hour of every day that is not closed."""
    zone = zone_of(recovery)
    today = since.astimezone(zone).date()
    waiting: Opening | None = None
    pieces = sorted(
        piece for offset in range(-1, days) for piece in _pieces(recovery, zone, today + timedelta(days=offset))
    )
    for begin, end in pieces:
        if end <= since:
            continue
        if waiting is not None and begin <= waiting.end:
            waiting = Opening(waiting.begin, max(waiting.end, end))
            continue
        if waiting is not None:
            yield waiting
        waiting = Opening(max(begin, since.astimezone(zone)), end)
    if waiting is not None:
        yield waiting


def opening_now(recovery: Recovery, now: datetime) -> Opening | None:
    """The stretch that `now` lies in, None outside."""
    first = next(openings(recovery, now, days=8), None)
    return first if first is not None and first.begin <= now else None


def next_opening(recovery: Recovery, now: datetime, lasting: timedelta) -> Opening | None:
    """The next stretch that begins after now and is long enough; None when there is none in sight."""
    return next((o for o in openings(recovery, now) if o.begin > now and o.end - o.begin >= lasting), None)


def length_of(plan: str, results: Sequence[DrillResult]) -> timedelta:
    """How long a drill takes: as long as the longest of its last three runs, half an hour when it never ran."""
    runs = sorted((r for r in results if r.plan == plan), key=lambda r: r.started)[-3:]
    return max((timedelta(seconds=run.seconds) for run in runs), default=_UNKNOWN_LENGTH)


def duties(
    site: Site, plans: Sequence[Plan], results: Sequence[DrillResult], restores: Mapping[str, Restore], now: datetime
) -> tuple[Duty, ...]:
    """Every unplanned plan once a year, every backup's restore as often as the model says; the most urgent first."""
    found = [_drill(plan, results, now) for plan in plans if plan.mode == Mode.UNPLANNED]
    for protection in site.protection:
        if protection.backup is not None:
            for system in protection.systems:
                last = restores.get(system)
                ended, run = (last.ended, last.run) if last else (None, "")
                every = protection.backup.restore_test_every
                found.append(_duty("restore-test", system, every, ended, run, now))
    return tuple(sorted(found, key=lambda duty: (duty.due, duty.kind, duty.subject)))


def _drill(plan: Plan, results: Sequence[DrillResult], now: datetime) -> Duty:
    runs = [run for run in results if run.plan == plan.name and run.mode == plan.mode]
    last = max(runs, key=lambda run: run.ended, default=None)
    ended, run_id = (datetime.fromisoformat(last.ended), last.run_id) if last else (None, "")
    return _duty("yearly-drill", plan.name, YEARLY, ended, run_id, now)


def _duty(kind: str, subject: str, every: timedelta, last: datetime | None, run: str, now: datetime) -> Duty:
    if last is None:
        return Duty(kind, subject, every, None, "", now, DutyState.NEVER)
    due = last + every
    state = DutyState.OVERDUE if due <= now else DutyState.SOON if due - now <= SOON else DutyState.DONE
    return Duty(kind, subject, every, last, run, due, state)


def _pieces(recovery: Recovery, zone: ZoneInfo, day: date) -> Iterator[tuple[datetime, datetime]]:
    """What opens on that day, cut at midnight, without closed days."""
    for begin, end in _hours(recovery, zone, day):
        midnight = _at(zone, begin.date() + timedelta(days=1), time())
        for piece in ((begin, min(end, midnight)), (midnight, end)):
            if piece[0] < piece[1] and not closed(recovery, piece[0].date()):
                yield piece


def _hours(recovery: Recovery, zone: ZoneInfo, day: date) -> Iterator[tuple[datetime, datetime]]:
    if not recovery.windows:
        yield _at(zone, day, time()), _at(zone, day + timedelta(days=1), time())
    for window in recovery.windows:
        if day.weekday() in [weekday.number for weekday in window.days]:
            overnight = timedelta(days=1 if window.end <= window.begin else 0)
            yield (
                _at(zone, day, time.fromisoformat(window.begin)),
                _at(zone, day + overnight, time.fromisoformat(window.end)),
            )


def closed(recovery: Recovery, day: date) -> str:
    """Why no drill may run on that day; empty when one may."""
    rule = recovery.month_end
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    if day.day <= rule.first_days or (last - day).days < rule.last_days:
        return "the month's bills are closed (月结)"
    return next((item.why.en for item in recovery.closed if item.begin <= day <= item.end), "")


def zone_of(recovery: Recovery) -> ZoneInfo:
    """The site's time zone."""
    return ZoneInfo(recovery.time_zone)


def _at(zone: ZoneInfo, day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=zone)
