"""The centre loss bench: the plan a person runs when the centre is gone already, and whose second is whose."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import centre_loss
from benchmarks.centre_loss import START, Loss, loss_plan, seconds_of, table
from benchmarks.light_lab import light_site
from dr.ledger.judge import Outage
from dr.order import refuse_disorder
from inventory.model import Site


def test_the_plan_is_the_computed_one_without_what_stands_around_the_loss(xiamen: Site) -> None:
    site = light_site(xiamen)
    plan = loss_plan(site, "his-database", "software-park-2", "gaodian")
    assert [call.step for call in plan.steps] == list(centre_loss._STEPS)
    refuse_disorder(plan)
    assert plan.steps[0].after == () and all(call.after for call in plan.steps[1:])


def test_each_second_belongs_to_what_ended_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def at(wall: float) -> str:
        return datetime.fromtimestamp(wall, UTC).isoformat()

    class Run:
        lines = (
            {"state": "started", "step": "detect-outage", "at": at(101.5)},
            {"state": "done", "step": "detect-outage", "at": at(103.0)},
            {"state": "done", "step": "move-service-address", "at": at(106.0)},
        )

    monkeypatch.setattr(centre_loss, "load", lambda drills, run: Run)
    found = seconds_of(Path("drills"), "run", Outage(100.0, 106.5, 6.5))
    assert found == {START: 1.5, "detect-outage": 1.5, "move-service-address": 3.0, "first transaction": 0.5}


def test_the_table_has_the_median_and_what_is_wrong() -> None:
    losses = [
        Loss("", "a", "b", gap, {START: 1.0, "take-lease": gap - 1}, 100, lost, 0, violations)
        for gap, lost, violations in ((6.0, 0, ()), (9.0, 2, ("both acknowledged",)), (7.0, 0, ()))
    ]
    lines = table(losses).splitlines()
    assert lines[1].split()[:4] == ["gap", "7.00", "6.00", "9.00"]
    assert lines[3].split()[:4] == ["take-lease", "6.00", "5.00", "8.00"]
    assert lines[-2] == "! both acknowledged"
    assert lines[-1] == "3 losses: 2 of 300 acknowledged rows lost, 0 chains written twice, 1 split brains"
