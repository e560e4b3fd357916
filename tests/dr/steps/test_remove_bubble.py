from __future__ import annotations

from collections.abc import Callable

from dr.steps import remove_bubble as step
from tests.dr.fakes import HIS, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, centre=SAME_CITY)


def test_it_is_gone_however_often(play: Callable[..., Scene]) -> None:
    scene = play()
    scene.context.bubble(HIS).make(SAME_CITY, "run-1")
    step.check(scene.context, PARAMS)
    for _ in range(2):
        assert step.run(scene.context, PARAMS) == {"removed_from": SAME_CITY}
    assert scene.world.bubbles == {} and step.undo(scene.context, PARAMS) == {}
