from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import watch_protection as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, Scene

PARAMS = step.Params(system=HIS)


def test_sampling_begins_and_a_second_try_leaves_it_alone(play: Callable[..., Scene]) -> None:
    scene = play()
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS)["samples"] == 3
    step.run(scene.context, PARAMS)
    assert scene.world.effects == ["watch the protection"]
    step.undo(scene.context, PARAMS)
    assert not scene.world.watching


def test_what_is_not_protected_cannot_be_watched(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="to be protected"):
        step.check(play(synchronous=()).context, PARAMS)
