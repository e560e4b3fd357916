from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import wait_for_probe as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, Scene

PARAMS = step.Params(probe="replication", target=HIS, reading="members.0.state", wanted="streaming")


def test_it_waits_until_the_reading_is_so(play: Callable[..., Scene]) -> None:
    scene = play(probed={"members": [{"state": "starting"}]})
    clock = scene.world.clock
    clock.on_sleep.append(lambda: scene.world.probed.update(members=[{"state": "streaming"}]))
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"seen": True, "after_seconds": 1.0}
    assert scene.world.effects == [] and step.undo(scene.context, PARAMS) == {}


def test_a_reading_that_stays_otherwise_holds_the_drill(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match=r"members\.0\.state = streaming"):
        step.run(play(probed={"members": [{"state": "starting"}]}).context, PARAMS)


def test_a_reading_that_the_probe_does_not_have_is_told_at_once(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="has no reading") as caught:
        step.check(play(probed={"leader": "x"}).context, PARAMS)
    assert caught.value.hint == "leader"
