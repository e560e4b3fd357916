from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import switchover_database as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, SAME_CITY, Scene

BACK = step.Params(system=HIS, source=SAME_CITY, target=PRODUCTION)
STATE = {"leader": SAME_CITY, "lease": SAME_CITY, "synchronous": (PRODUCTION,)}


def test_it_hands_over_to_the_synchronous_copy(play: Callable[..., Scene]) -> None:
    scene = play(**STATE)
    step.check(scene.context, BACK)
    assert step.run(scene.context, BACK) == {"leader": "db-software-park-2", "was": "db-gaodian"}
    assert scene.world.effects == ["switchover from db-gaodian to db-software-park-2"]


def test_twice_hands_over_once(play: Callable[..., Scene]) -> None:
    scene = play(**STATE)
    for _ in range(2):
        step.check(scene.context, BACK)
        step.run(scene.context, BACK)
    assert len(scene.world.effects) == 1


def test_a_copy_that_lags_is_refused(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="synchronous copy"):
        step.check(play(**STATE | {"synchronous": ()}).context, BACK)


def test_undo_hands_back(play: Callable[..., Scene]) -> None:
    scene = play(**STATE)
    step.run(scene.context, BACK)
    step.undo(scene.context, BACK)
    assert scene.world.leader == SAME_CITY
