from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from dr.steps import promote_database as step
from dr.world import Grant
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, REMOTE, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, source=PRODUCTION, target=SAME_CITY)


GRANTED = {HIS: Grant(HIS, SAME_CITY, 6, "run-1", "fenced", 9)}


@pytest.mark.parametrize("holder", [PRODUCTION, None, "never taken"])
def test_it_refuses_without_the_lease(play: Callable[..., Scene], holder: str | None) -> None:
    grants = {} if holder == "never taken" else {HIS: Grant(HIS, holder, 5, "run-1", "", 8)}
    with pytest.raises(MedcloudError, match="may serve his-database, not gaodian"):
        step.check(play(gone={PRODUCTION}, grants=grants).context, PARAMS)


def test_it_ends_the_leadership_of_a_silent_source_whose_rows_the_target_has(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, grants=GRANTED)
    scene.world.clock.on_sleep.append(lambda: scene.database.lead(SAME_CITY))
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert scene.world.effects == ["revoke the lease of db-software-park-2 for db-gaodian"]
    assert evidence["leader_key"] == {
        "before": "db-software-park-2",
        "after": None,
        "how": "ended: db-gaodian is synchronous and db-software-park-2 is proved silent",
    }


def test_a_leadership_is_waited_out_when_the_target_is_not_synchronous(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, synchronous=(), grants=GRANTED)
    clock = scene.world.clock
    clock.on_sleep.append(lambda: setattr(scene.world, "lease", None) if 30 < clock.seconds < 31 else None)
    clock.on_sleep.append(lambda: scene.database.lead(SAME_CITY) if clock.seconds > 33 else None)
    evidence = step.run(scene.context, PARAMS)
    assert clock.seconds > 30 and "expired by itself" in evidence["leader_key"]["how"]
    assert not any("revoke" in effect for effect in scene.world.effects)


def test_it_lets_patroni_elect(play: Callable[..., Scene]) -> None:
    scene = play(lease=None, leader=None, grants=GRANTED)
    clock = scene.world.clock
    clock.on_sleep.append(lambda: scene.database.lead(SAME_CITY) if clock.seconds > 3 else None)
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS)["elected"] == "by Patroni itself"
    assert scene.world.effects == []


def test_it_names_the_candidate_when_nobody_is_elected(play: Callable[..., Scene]) -> None:
    scene = play(lease=None, leader=None, grants=GRANTED)
    assert step.run(scene.context, PARAMS)["elected"] == "named to Patroni"
    assert scene.world.effects == ["failover to db-gaodian"]


def test_an_election_is_seen_although_patronis_answer_is_late(
    play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = play(lease=None, leader=None, grants=GRANTED)
    seen, late = threading.Event(), list[str]()

    def failover(candidate: str) -> None:
        scene.database.lead(SAME_CITY)
        if not seen.wait(5):
            late.append("the step waited for the answer")

    monkeypatch.setattr(scene.database, "failover", failover)
    assert step.run(scene.context, PARAMS)["elected"] == "named to Patroni"
    seen.set()
    assert late == []


def test_what_patroni_refuses_is_told_when_nobody_is_elected(
    play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failover(candidate: str) -> None:
        raise MedcloudError("patronictl failover: no good candidate")

    scene = play(lease=None, leader=None, grants=GRANTED)
    monkeypatch.setattr(scene.database, "failover", failover)
    with pytest.raises(MedcloudError, match="not seen within 90 s; last trouble: patronictl failover: no good"):
        step.run(scene.context, PARAMS)


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
