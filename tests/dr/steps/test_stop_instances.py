from __future__ import annotations

from collections.abc import Callable

from dr.steps import stop_instances as step
from tests.dr.fakes import SAME_CITY, Scene

PARAMS = step.Params(system="his", centre=SAME_CITY)
NAMES = ["his-gaodian-1", "his-gaodian-2"]


def test_what_runs_is_stopped_once(play: Callable[..., Scene]) -> None:
    scene = play(powers={"his-gaodian-2": "SHUTOFF"})
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"stopped": ["his-gaodian-1"]}
    assert step.run(scene.context, PARAMS) == {"stopped": []}
    step.undo(scene.context, PARAMS)
    assert scene.world.powers == dict.fromkeys(NAMES, "ACTIVE")
