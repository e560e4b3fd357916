from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import release_centre as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PACS, PRODUCTION, Scene

PARAMS = step.Params(centre=PRODUCTION, systems=(HIS, PACS))


def test_the_returned_centre_lets_go_of_everything(play: Callable[..., Scene]) -> None:
    scene = play()
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"released": ["10.10.10.1", "10.10.10.2"]}
    assert scene.world.effects[0] == "fence software-park-2 on software-park-2" and scene.world.held == set()


def test_a_centre_that_does_not_answer_cannot_be_released(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="unreachable"):
        step.check(play(gone={PRODUCTION}).context, PARAMS)


def test_undo_takes_only_its_own_fence_away(play: Callable[..., Scene]) -> None:
    scene = play()
    scene.fence_all()
    step.run(scene.context, PARAMS)
    step.undo(scene.context, PARAMS)
    assert (PRODUCTION, PRODUCTION) not in scene.world.fences and len(scene.world.fences) == 3
