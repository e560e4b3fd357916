"""Windows to the minute in the site's own time, across midnight, month ends and closed days; duties by their dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from dr import calendar
from dr.calendar import DutyState
from dr.planner import available
from dr.proof import Restore
from inventory.model import Site, Text
from inventory.recovery import ClosedDays, MonthEnd, Recovery, Weekday, Window
from tests.dr.results import NOW, part, result

CHINA = ZoneInfo("Asia/Shanghai")
WEEK = Recovery(
    windows=(
        Window(days=(Weekday.TUESDAY, Weekday.THURSDAY), begin="22:30", end="05:00"),
        Window(days=(Weekday.SATURDAY,), begin="20:00", end="23:00"),
    )
)


def at(text: str) -> datetime:
    """A time as the hospital's clock shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def spans(recovery: Recovery, since: str, count: int = 3) -> list[str]:
    found = islice(calendar.openings(recovery, at(since)), count)
    return [f"{o.begin:%a %d %H:%M}-{o.end:%a %d %H:%M}" for o in found]


def test_windows_of_a_week_in_order_and_across_midnight() -> None:
    assert spans(WEEK, "2026-11-23T12:00") == [
        "Tue 24 22:30-Wed 25 05:00",
        "Thu 26 22:30-Fri 27 05:00",
        "Sat 28 20:00-Sat 28 23:00",
    ]


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2026-11-24T22:29", False), ("2026-11-24T22:30", True), ("2026-11-25T00:00", True), ("2026-11-25T04:59", True),
        ("2026-11-25T05:00", False), ("2026-11-25T22:45", False), ("2026-11-28T22:59", True),
        ("2026-11-28T23:00", False),
    ],
)  # fmt: skip
def test_open_to_the_minute(now: str, is_open: bool) -> None:
    assert (calendar.opening_now(WEEK, at(now)) is not None) == is_open
    assert (calendar.opening_now(WEEK, at(now).astimezone(UTC)) is not None) == is_open, "whatever zone the clock has"


def test_the_running_window_is_cut_to_now_and_told_first() -> None:
    assert spans(WEEK, "2026-11-25T01:30", 1) == ["Wed 25 01:30-Wed 25 05:00"]


def test_the_turn_of_the_month_is_closed_and_cuts_a_night_at_midnight() -> None:
    rule = WEEK.model_copy(update={"month_end": MonthEnd(last_days=1, first_days=1)})
    thursdays = rule.model_copy(update={"windows": (Window(days=tuple(Weekday), begin="22:00", end="02:00"),)})
    assert spans(thursdays, "2026-11-28T12:00", 4) == [
        "Sat 28 22:00-Sun 29 02:00",
        "Sun 29 22:00-Mon 30 00:00",
        "Wed 02 00:00-Wed 02 02:00",
        "Wed 02 22:00-Thu 03 02:00",
    ]
    assert calendar.closed(rule, date(2026, 2, 28)) and calendar.closed(rule, date(2028, 2, 29))
    assert not calendar.closed(rule, date(2028, 2, 28)) and not calendar.closed(rule, date(2026, 12, 2))


def test_a_holiday_closes_its_days_both_ends_included() -> None:
    feast = ClosedDays(begin=date(2026, 11, 24), end=date(2026, 11, 26), why=Text(zh="会议", en="a congress"))
    rule = WEEK.model_copy(update={"closed": (feast,)})
    assert spans(rule, "2026-11-23T12:00", 2) == ["Fri 27 00:00-Fri 27 05:00", "Sat 28 20:00-Sat 28 23:00"]
    assert calendar.closed(rule, date(2026, 11, 24)) == "a congress"


def test_without_windows_only_closed_days_close() -> None:
    always = Recovery(month_end=MonthEnd(first_days=1))
    assert calendar.opening_now(always, at("2026-11-25T14:00")) is not None
    assert calendar.opening_now(always, at("2026-12-01T14:00")) is None


def test_the_next_window_is_long_enough() -> None:
    short = calendar.next_opening(WEEK, at("2026-11-27T12:00"), timedelta(hours=1))
    long = calendar.next_opening(WEEK, at("2026-11-27T12:00"), timedelta(hours=4))
    assert short is not None and f"{short.begin:%a}" == "Sat"
    assert long is not None and f"{long.begin:%a %d}" == "Tue 01"
    assert calendar.next_opening(WEEK, at("2026-11-27T12:00"), timedelta(hours=10)) is None


def test_windows_keep_their_wall_clock_time_when_the_clocks_change() -> None:
    berlin = WEEK.model_copy(
        update={"time_zone": "Europe/Berlin", "windows": (Window(days=(Weekday.SUNDAY,), begin="01:00", end="05:00"),)}
    )
    (night,) = islice(calendar.openings(berlin, datetime(2026, 10, 24, tzinfo=UTC)), 1)
    assert (night.begin.hour, night.end.hour) == (1, 5)
    assert night.end.astimezone(UTC) - night.begin.astimezone(UTC) == timedelta(hours=5), "the night the clocks go back"


def duties(
    site: Site, *results: object, restores: dict[str, Restore] | None = None
) -> dict[tuple[str, str], calendar.Duty]:
    found = calendar.duties(site, available(site), results, restores or {}, NOW)  # type: ignore[arg-type]
    return {(duty.kind, duty.subject): duty for duty in found}


def test_a_plan_is_due_a_year_after_its_last_run_and_now_when_it_never_ran(xiamen: Site) -> None:
    key = ("yearly-drill", "same-city-failover")
    assert duties(xiamen)[key].state is DutyState.NEVER and duties(xiamen)[key].due == NOW
    recent = duties(xiamen, result("new", part("pacs"), days_ago=10), result("old", part("pacs"), days_ago=300))[key]
    assert (recent.state, recent.run) == (DutyState.DONE, "new") and recent.due == NOW + timedelta(days=355)
    assert duties(xiamen, result("r", days_ago=340))[key].state is DutyState.SOON
    assert duties(xiamen, result("r", days_ago=366))[key].state is DutyState.OVERDUE
    assert duties(xiamen, result("r", days_ago=1, mode="tabletop"))[key].state is DutyState.NEVER


def test_every_backup_is_due_as_often_as_the_model_says(xiamen: Site) -> None:
    done = {"his-database": Restore("his-database", "r", NOW - timedelta(days=80), False)}
    found = duties(xiamen, restores=done)
    his = found["restore-test", "his-database"]
    assert (his.state, his.due) == (DutyState.SOON, NOW + timedelta(days=10))
    assert found["restore-test", "pacs"].state is DutyState.NEVER
    backed_up = {name for p in xiamen.protection if p.backup for name in p.systems}
    assert {subject for kind, subject in found if kind == "restore-test"} == backed_up


def test_what_is_overdue_longest_comes_first(xiamen: Site) -> None:
    found = list(duties(xiamen, result("r", days_ago=500)).values())
    assert found[0].subject == "same-city-failover" and found[0].state is DutyState.OVERDUE
