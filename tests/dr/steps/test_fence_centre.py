from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import fence_centre as step
from inventory.error import MedcloudError
from tests.dr.fakes import CAMPUS, HIS, PRODUCTION, REMOTE, SAME_CITY, Scene

PARAMS = step.Params(centre=PRODUCTION, system=HIS)
SURVIVORS = {(place, PRODUCTION) for place in (SAME_CITY, REMOTE, CAMPUS)}


def test_survivors_fence_a_lost_centre(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION})
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert scene.world.fences == SURVIVORS and evidence["fenced_on"] == [SAME_CITY, REMOTE, CAMPUS]
    assert evidence["inside"]["database"].startswith("not reachable")
    assert scene.world.lease == PRODUCTION, "the leader key is ended by the promotion, once the lease is taken"


def test_what_still_answers_in_the_centre_is_fenced_there_too(play: Callable[..., Scene]) -> None:
    scene = play()
    evidence = step.run(scene.context, PARAMS)
    assert evidence["inside"] == {"router": "fenced", "database": "fenced"}
    assert (PRODUCTION, PRODUCTION) in scene.world.fences and PRODUCTION in scene.world.stopped


def test_an_incomplete_fence_is_no_fence(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, weak={CAMPUS})
    with pytest.raises(MedcloudError, match="not complete on main-hospital"):
        step.run(scene.context, PARAMS)


def test_without_a_majority_nothing_is_fenced(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="majority"):
        step.check(play(majority=False).context, PARAMS)


def test_twice_is_the_same_as_once(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION})
    assert step.run(scene.context, PARAMS) == step.run(scene.context, PARAMS)


def test_undo_lifts_the_fences(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, fences=set(SURVIVORS))
    step.undo(scene.context, PARAMS)
    assert scene.world.fences == set()


def test_an_edge_that_is_proved_dead_is_told_in_the_evidence(play: Callable[..., Scene]) -> None:
    evidence = step.run(play(gone={PRODUCTION}, dead_edges=("10.88.61.1",)).context, PARAMS)
    assert evidence["proved_dead"] == {CAMPUS: ["10.88.61.1"]}
