from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import heal_centre as step
from inventory.error import MedcloudError
from tests.dr.fakes import CAMPUS, PRODUCTION, Scene

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


def test_a_real_loss_is_only_waited_for(play: Callable[..., Scene]) -> None:
    scene, params = play(gone={PRODUCTION}), PARAMS.model_copy(update={"wait_only": True})
    scene.fence_all()
    scene.world.clock.on_sleep.append(scene.world.gone.clear)
    assert step.run(scene.context, params) == {"how": "repaired by others"} and scene.world.effects == []
    assert step.undo(scene.context, params) == {} and scene.world.gone == set()


def test_undo_strikes_again(play: Callable[..., Scene]) -> None:
    scene = play()
    step.undo(scene.context, PARAMS)
    assert scene.world.gone == {PRODUCTION}


def test_an_edge_that_was_dead_when_the_others_were_told_is_fenced_before_the_centre_comes_back(
    play: Callable[..., Scene],
) -> None:
    scene = play(gone={PRODUCTION})
    scene.fence_all()
    scene.world.fences.discard((CAMPUS, PRODUCTION))
    step.check(scene.context, PARAMS)
    step.run(scene.context, PARAMS)
    assert scene.world.effects == ["fence software-park-2 on main-hospital", "heal software-park-2"]


def test_where_a_fence_does_not_hold_the_centre_stays_away(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, weak={CAMPUS})
    scene.fence_all()
    with pytest.raises(MedcloudError, match="is not fenced on main-hospital"):
        step.run(scene.context, PARAMS)
    assert scene.world.gone == {PRODUCTION}
