from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import heal_centre as step
from inventory.error import MedcloudError
from tests.dr.fakes import PRODUCTION, Scene

PARAMS = step.Params(centre=PRODUCTION)


def test_it_heals_a_fenced_centre(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION})
    scene.fence_all()
    step.check(scene.context, PARAMS)
    step.run(scene.context, PARAMS)
    assert scene.world.gone == set() and scene.world.effects == ["heal software-park-2"]


def test_an_unfenced_centre_may_not_come_back(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="is not fenced on"):
        step.check(play(gone={PRODUCTION}).context, PARAMS)


def test_undo_strikes_again(play: Callable[..., Scene]) -> None:
    scene = play()
    step.undo(scene.context, PARAMS)
    assert scene.world.gone == {PRODUCTION}
