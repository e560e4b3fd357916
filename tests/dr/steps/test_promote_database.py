from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import promote_database as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, REMOTE, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, source=PRODUCTION, target=SAME_CITY)


def test_it_refuses_while_the_source_holds_the_leader_key(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="still holds the leader key"):
        step.check(play(gone={PRODUCTION}).context, PARAMS)


def test_it_lets_patroni_elect(play: Callable[..., Scene]) -> None:
    scene = play(lease=None, leader=None)
    clock = scene.world.clock
    clock.on_sleep.append(lambda: scene.database.lead(SAME_CITY) if clock.seconds > 3 else None)
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS)["elected"] == "by Patroni itself"
    assert scene.world.effects == []


def test_it_names_the_candidate_when_nobody_is_elected(play: Callable[..., Scene]) -> None:
    scene = play(lease=None, leader=None)
    assert step.run(scene.context, PARAMS)["elected"] == "named to Patroni"
    assert scene.world.effects == ["failover to db-gaodian"]


def test_a_target_that_leads_already_is_left_alone(play: Callable[..., Scene]) -> None:
    scene = play(lease=SAME_CITY, leader=SAME_CITY)
    step.run(scene.context, PARAMS)
    assert scene.world.effects == []


def test_another_leader_is_not_accepted(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="db-fuzhou holds the leader key instead"):
        step.run(play(lease=REMOTE, leader=REMOTE).context, PARAMS)


def test_holding_the_key_without_taking_writes_is_not_enough(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="not seen within"):
        step.run(play(lease=SAME_CITY, leader=None).context, PARAMS)
