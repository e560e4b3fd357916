from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import prefer_copy as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, REMOTE, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, centre=REMOTE)


def test_the_chosen_copy_becomes_synchronous(play: Callable[..., Scene]) -> None:
    scene = play()
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"synchronous": "db-fuzhou"}
    assert step.run(scene.context, PARAMS) == {"synchronous": "db-fuzhou"}, "twice is the same as once"
    assert scene.world.synchronous == (REMOTE,)


def test_one_that_leads_already_needs_no_copy_of_its_own(play: Callable[..., Scene]) -> None:
    assert step.run(play().context, step.Params(system=HIS, centre=PRODUCTION))["synchronous"] == "db-software-park-2"


def test_a_choice_that_takes_no_effect_holds_the_drill(
    play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = play()
    monkeypatch.setattr("tests.dr.fakes.FakePreference.choose", lambda self, centre: None)
    with pytest.raises(MedcloudError, match="db-fuzhou to be synchronous"):
        step.run(scene.context, PARAMS)


def test_undo_goes_back_to_what_is_declared(play: Callable[..., Scene]) -> None:
    scene = play()
    step.run(scene.context, PARAMS)
    step.undo(scene.context, PARAMS)
    assert scene.world.preferred is None and scene.world.synchronous == (SAME_CITY,)
