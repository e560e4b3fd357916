from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import make_bubble as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, centre=SAME_CITY)


def test_one_bubble_however_often(play: Callable[..., Scene]) -> None:
    scene = play()
    step.check(scene.context, PARAMS)
    for _ in range(2):
        assert step.run(scene.context, PARAMS)["bytes"] == 1_000
    assert scene.world.effects == ["make a bubble of his-database in gaodian"]
    step.undo(scene.context, PARAMS)
    assert scene.world.bubbles == {}


def test_a_copy_never_fills_the_real_ones_disk(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="takes 1,000 bytes, gaodian has 1,100 free"):
        step.check(play(free_bytes=1_100).context, PARAMS)


def test_a_bubble_that_is_not_isolated_is_removed_at_once(play: Callable[..., Scene]) -> None:
    scene = play(bubble_reaches=("10.21.20.10:5432",))
    with pytest.raises(MedcloudError, match="is not isolated"):
        step.run(scene.context, PARAMS)
    assert scene.world.bubbles == {}
