from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import drain_database as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, source=PRODUCTION, target=SAME_CITY)


def test_the_door_closes_and_the_last_transaction_is_waited_for(play: Callable[..., Scene]) -> None:
    scene = play(busy=2)
    clock = scene.world.clock
    clock.on_sleep.append(lambda: setattr(scene.world, "busy", 0) if clock.seconds > 1 else None)
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS)["busy_sessions"] == 0 and clock.seconds > 1
    assert (PRODUCTION, scene.address(HIS)) not in scene.world.held


def test_a_transaction_that_does_not_end_holds_the_drill(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="last transaction"):
        step.run(play(busy=1).context, PARAMS)


def test_twice_is_the_same_as_once(play: Callable[..., Scene]) -> None:
    scene = play()
    step.run(scene.context, PARAMS)
    step.check(scene.context, PARAMS)
    step.run(scene.context, PARAMS)
    assert scene.world.leader == PRODUCTION


def test_undo_opens_the_door_unless_another_leads(play: Callable[..., Scene]) -> None:
    scene = play()
    step.run(scene.context, PARAMS)
    step.undo(scene.context, PARAMS)
    assert (PRODUCTION, scene.address(HIS)) in scene.world.held
    step.run(scene.context, PARAMS)
    scene.database.lead(SAME_CITY)
    step.undo(scene.context, PARAMS)
    assert (PRODUCTION, scene.address(HIS)) not in scene.world.held


def test_a_source_that_does_not_lead_is_not_drained(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="does not lead"):
        step.check(play(lease=SAME_CITY).context, PARAMS)
