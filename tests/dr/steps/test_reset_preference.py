from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import reset_preference as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, REMOTE, SAME_CITY, Scene

PARAMS = step.Params(system=HIS)


def test_the_declared_copy_is_synchronous_again(play: Callable[..., Scene]) -> None:
    scene = play(preferred=REMOTE, synchronous=(REMOTE,))
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"synchronous": "db-gaodian", "members": 3}
    assert step.undo(scene.context, PARAMS) == {}


def test_it_waits_until_every_copy_streams(play: Callable[..., Scene]) -> None:
    scene = play(states={REMOTE: "starting"})
    with pytest.raises(MedcloudError, match="the declared copy"):
        step.run(scene.context, PARAMS)
    scene.world.states.clear()
    assert step.run(scene.context, PARAMS)["synchronous"] == "db-gaodian"
    assert SAME_CITY in scene.world.synchronous
