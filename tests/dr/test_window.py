"""No drill over surgery or billing, unless somebody says why; and no refusal where no ward can notice."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dr.planner import standard
from dr.window import admit
from inventory.error import MedcloudError
from inventory.model import Site
from inventory.recovery import Recovery
from tests.dr.results import part, result

CHINA = ZoneInfo("Asia/Shanghai")
SURGERY = datetime(2026, 11, 24, 10, tzinfo=CHINA)  # a Tuesday
NIGHT = datetime(2026, 11, 24, 23, tzinfo=CHINA)


def test_inside_a_window_it_may_run(xiamen: Site) -> None:
    found = admit(xiamen, standard(xiamen, "same-city-failover"), (), NIGHT)
    assert found == {"state": "open", "until": "2026-11-25T05:00+08:00"}


def test_over_surgery_it_is_refused_and_told_when(xiamen: Site) -> None:
    with pytest.raises(
        MedcloudError, match="no drill at Tue 10:00: the wards are at work; next window: Tue 2026-11-24 22:30"
    ) as c:
        admit(xiamen, standard(xiamen, "same-city-failover"), (), SURGERY)
    assert c.value.code == "refused" and "--override-window" in c.value.hint


def test_in_earnest_no_window_is_asked_for(xiamen: Site) -> None:
    assert admit(xiamen, standard(xiamen, "same-city-outage"), (), SURGERY)["state"] == "not-needed"


def test_at_the_end_of_the_month_it_is_refused_even_at_night(xiamen: Site) -> None:
    with pytest.raises(MedcloudError, match=r"bills are closed .* next window: Thu 2026-12-03 00:00"):
        admit(xiamen, standard(xiamen, "same-city-failover"), (), datetime(2026, 12, 1, 23, tzinfo=CHINA))


def test_a_window_that_is_too_short_for_it_is_no_window(xiamen: Site) -> None:
    plan = standard(xiamen, "same-city-failover")
    late = datetime(2026, 11, 25, 4, 40, tzinfo=CHINA)
    with pytest.raises(MedcloudError, match="the window ends in 20 min, same-city-failover takes 31"):
        admit(xiamen, plan, (), late)
    assert admit(xiamen, plan, (result("r", part("pacs")),), late)["state"] == "open", "it took a minute last time"


def test_a_reason_and_a_rehearsal_are_told_not_hidden(xiamen: Site) -> None:
    plan = standard(xiamen, "same-city-failover")
    why = admit(xiamen, plan, (), SURGERY, override="production burns", rehearsal="a lab")
    assert (why["state"], why["why"]) == ("overridden", "production burns")
    assert why["next"] == "2026-11-24T22:30+08:00"
    lab = admit(xiamen, plan, (), SURGERY, rehearsal="a lab")
    assert (lab["state"], lab["why"]) == ("rehearsal", "a lab")


def test_a_site_without_windows_and_a_walk_on_paper_are_never_refused(xiamen: Site) -> None:
    plan = standard(xiamen, "same-city-failover")
    free = xiamen.model_copy(update={"recovery": Recovery()})
    assert admit(free, plan, (), SURGERY) == {"state": "none-declared"}
    paper = plan.model_copy(update={"mode": "tabletop"})
    assert admit(xiamen, paper, (), SURGERY)["state"] == "not-needed"
