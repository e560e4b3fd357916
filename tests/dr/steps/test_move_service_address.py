from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import move_service_address as step
from dr.world import Grant
from inventory.error import MedcloudError
from tests.dr.fakes import CAMPUS, HIS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, source=PRODUCTION, target=SAME_CITY)
LED = {"lease": SAME_CITY, "leader": SAME_CITY}


def test_from_a_lost_and_fenced_centre(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, **LED)
    scene.fence_all()
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert scene.world.effects == ["hold 10.10.10.1 in gaodian"]
    assert evidence["released"] == "fenced" and evidence["seen_from"] == {CAMPUS: ["line-1"]}


def test_from_a_centre_that_answers_it_is_released_first(play: Callable[..., Scene]) -> None:
    scene = play(**LED)
    step.run(scene.context, PARAMS)
    assert scene.world.effects == ["release 10.10.10.1 in software-park-2", "hold 10.10.10.1 in gaodian"]


def test_from_a_lost_centre_without_a_fence_it_is_refused(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, **LED)
    with pytest.raises(MedcloudError, match="unreachable"):
        step.run(scene.context, PARAMS)
    assert scene.world.effects == []


def test_an_address_never_leads_to_a_copy(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="does not lead"):
        step.check(play().context, PARAMS)


def test_undo_gives_it_back(play: Callable[..., Scene]) -> None:
    scene = play(**LED)
    step.run(scene.context, PARAMS)
    step.undo(scene.context, PARAMS)
    assert (PRODUCTION, "10.10.10.1") in scene.world.held and (SAME_CITY, "10.10.10.1") not in scene.world.held


def test_it_is_held_with_the_token_of_the_lease(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, grants={HIS: Grant(HIS, SAME_CITY, 7, "run-1", "fenced", 3)}, **LED)
    scene.fence_all()
    assert step.run(scene.context, PARAMS)["token"] == 7
    assert scene.context.network.tokens(SAME_CITY, "10.10.10.1").held == 7


def test_without_the_lease_nothing_moves(play: Callable[..., Scene]) -> None:
    scene = play(grants={HIS: Grant(HIS, PRODUCTION, 7, "earlier", "fenced", 3)}, **LED)
    with pytest.raises(MedcloudError, match="software-park-2 may serve his-database"):
        step.run(scene.context, PARAMS)
    assert scene.world.effects == []


def test_undo_takes_the_lease_back_first(play: Callable[..., Scene]) -> None:
    scene = play(grants={HIS: Grant(HIS, SAME_CITY, 7, "run-1", "fenced", 3)}, **LED)
    step.run(scene.context, PARAMS)
    step.undo(scene.context, PARAMS)
    assert scene.world.grants[HIS].centre == PRODUCTION
    assert (PRODUCTION, "10.10.10.1") in scene.world.held
