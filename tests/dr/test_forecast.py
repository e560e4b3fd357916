"""Predictions come from earlier runs on this site; what never ran is said to be unknown."""

from __future__ import annotations

import pytest

from dr import planner
from dr.forecast import forecast
from dr.result import DrillResult, StepTiming, Verdict
from inventory.model import Site

NAME = "same-city-failover"


def ran(site: Site, seconds: dict[str, float], started: str = "2026-11-01", name: str = NAME) -> DrillResult:
    plan = planner.standard(site, name)
    calls = [(c.name, c.step) for c in plan.steps if c.step in seconds]
    steps = tuple(
        StepTiming(name=n, step=s, started=started, ended=started, seconds=seconds[s], tries=1, evidence={})
        for n, s in calls
    )
    return DrillResult(
        run_id=started, site=site.name, plan=name, mode=plan.mode, source=plan.source, target=plan.target,
        model_hash="m", plan_hash=plan.hash, started=started, ended=started, seconds=1.0, struck=None, interruptions=0,
        failures=0, steps=steps, systems=(), left_out=(), verdict=Verdict.MET,
    )  # fmt: skip


def every(site: Site, seconds: float) -> dict[str, float]:
    return {call.step: seconds for call in planner.standard(site, NAME).steps}


def test_nothing_is_known_before_the_first_run(xiamen: Site) -> None:
    plan = planner.standard(xiamen, NAME)
    found = forecast(plan, [])
    assert found.total is None and found.rto == {"his-database": None, "pacs": None}
    assert len(found.unknown) == len(plan.steps)


def test_the_critical_path_is_the_longest_way_and_the_rto_runs_from_strike_to_service(xiamen: Site) -> None:
    plan = planner.standard(xiamen, NAME)
    found = forecast(plan, [ran(xiamen, every(xiamen, 1.0) | {"switch-pacs": 9.0})])
    # strike, detect, fence, lease, then promote and move, or switch
    assert found.rto == {"his-database": 6.0, "pacs": pytest.approx(13.0)}
    assert "switch-pacs" in found.critical and "promote-database" not in found.critical
    assert found.total == pytest.approx(sum(found.steps[name] for name in found.critical)) and not found.unknown


def test_one_unknown_call_on_the_way_makes_only_that_way_unknown(xiamen: Site) -> None:
    plan, seconds = planner.standard(xiamen, NAME), every(xiamen, 1.0)
    del seconds["promote-database"]
    found = forecast(plan, [ran(xiamen, seconds)])
    assert found.rto["his-database"] is None and found.rto["pacs"] == 5.0
    assert found.unknown == ("promote-database",)


def test_the_median_of_the_newest_runs_of_the_same_pair_counts(xiamen: Site) -> None:
    runs = [
        ran(xiamen, {"strike-centre": s}, f"2026-11-{day:02}")
        for day, s in enumerate((90.0, 1.0, 2.0, 3.0, 4.0, 5.0), 1)
    ]
    other = ran(xiamen, {"strike-centre": 50.0}, "2026-12-01", "remote-failover")
    plan = planner.standard(xiamen, NAME)
    assert forecast(plan, [*runs, other]).steps["strike-centre"] == 3.0
    assert forecast(planner.standard(xiamen, "remote-failover"), runs).steps["strike-centre"] == 3.0
