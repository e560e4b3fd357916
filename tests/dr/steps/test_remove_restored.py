from __future__ import annotations

from collections.abc import Callable

from dr.steps import remove_restored as step
from dr.world import Entries
from tests.dr.fakes import HIS, Scene

PARAMS = step.Params(system=HIS)


def test_nothing_of_the_copy_is_left_however_often(play: Callable[..., Scene]) -> None:
    scene = play(restored={"run-1": Entries(4, "same", 0)})
    step.check(scene.context, PARAMS)
    for _ in range(2):
        assert step.run(scene.context, PARAMS) == {"removed": HIS}
    assert scene.world.restored == {} and step.undo(scene.context, PARAMS) == {}
