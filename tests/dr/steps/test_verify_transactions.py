from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import verify_transactions as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, target=SAME_CITY, chains=3)


def test_it_waits_for_new_acknowledgements_from_the_target(play: Callable[..., Scene]) -> None:
    scene = play(writing=True, leader=SAME_CITY)
    scene.world.acknowledge(1, 1.0)
    scene.world.clock.on_sleep.append(lambda: scene.world.acknowledge(len(scene.world.rows) + 1, 2.0, SAME_CITY))
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"server": "db.gaodian", "new_chains": 3, "new_images": 0}


def test_acknowledgements_by_the_wrong_side_are_no_proof(play: Callable[..., Scene]) -> None:
    scene = play(writing=True)
    scene.world.clock.on_sleep.append(lambda: scene.world.acknowledge(len(scene.world.rows) + 1, 2.0, PRODUCTION))
    with pytest.raises(MedcloudError, match=r"served by db\.software-park-2, not by db-gaodian"):
        step.run(scene.context, PARAMS)


def test_silence_is_a_failure(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="new transactions acknowledged"):
        step.run(play(writing=True).context, PARAMS)


def test_a_dead_writer_proves_nothing(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="does not run"):
        step.check(play().context, PARAMS)
