from __future__ import annotations

from collections.abc import Callable

import pytest

from dr import planner
from dr.steps import walk_step as step
from inventory.error import MedcloudError
from inventory.model import Site
from tests.dr.fakes import HIS, PRODUCTION, SAME_CITY, Scene

PROMOTE = {"system": HIS, "source": PRODUCTION, "target": SAME_CITY}


def test_what_a_step_before_will_bring_about_is_foreseen(play: Callable[..., Scene]) -> None:
    params = step.Params(step="promote-database", params=PROMOTE, before=("take-lease",))
    step.check(play().context, params)
    evidence = step.run(play().context, params)
    assert evidence["verdict"] == "met" and evidence["answer"].startswith("not yet")


def test_what_nothing_will_bring_about_misses_the_drill(play: Callable[..., Scene]) -> None:
    evidence = step.run(play().context, step.Params(step="promote-database", params=PROMOTE))
    assert evidence["verdict"] == "missed" and "take its lease first" in evidence["hint"]


def test_no_check_of_any_plan_waits_or_changes_anything(play: Callable[..., Scene], xiamen: Site) -> None:
    for plan in planner.available(xiamen):
        for call in plan.steps:
            if call.step == "walk-step":
                scene = play()
                evidence = step.run(scene.context, step.Params(**call.params))
                assert scene.world.effects == [] and scene.world.clock.seconds == 0.0, call.name
                assert evidence["verdict"] == "met", (call.name, evidence)


def test_a_check_that_would_change_something_is_stopped(
    play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dr.steps import notify

    monkeypatch.setattr(notify, "check", lambda context, params: context.network.fence("a", "b"))
    scene = play()
    evidence = step.run(scene.context, step.Params(step="notify", params={"text": "x"}))
    assert evidence["answer"] == "no: at the table nothing is done: network.fence" and scene.world.effects == []


def test_an_unknown_step_is_refused(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="no drill step"):
        step.check(play().context, step.Params(step="beam-up", params={}))
    assert step.undo(play().context, step.Params(step="notify", params={})) == {}
