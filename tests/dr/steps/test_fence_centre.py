from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import fence_centre as step
from inventory.error import MedcloudError
from tests.dr.fakes import CAMPUS, HIS, PRODUCTION, REMOTE, SAME_CITY, Scene

PARAMS = step.Params(centre=PRODUCTION, system=HIS, target=SAME_CITY)
SURVIVORS = {(place, PRODUCTION) for place in (SAME_CITY, REMOTE, CAMPUS)}


def test_survivors_fence_first_then_the_lease_is_ended(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION})
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert scene.world.fences == SURVIVORS and scene.world.lease is None
    assert scene.world.effects[-1] == "revoke the lease of db-software-park-2"
    assert evidence["inside"]["database"].startswith("not reachable")
    assert evidence["lease"] == {
        "before": "db-software-park-2",
        "after": None,
        "how": "ended: db-gaodian is synchronous and db-software-park-2 is fenced",
    }


def test_what_still_answers_in_the_centre_is_fenced_there_too(play: Callable[..., Scene]) -> None:
    scene = play()
    evidence = step.run(scene.context, PARAMS)
    assert evidence["inside"] == {"router": "fenced", "database": "fenced"}
    assert (PRODUCTION, PRODUCTION) in scene.world.fences and PRODUCTION in scene.world.stopped


def test_a_lease_is_waited_out_when_the_target_is_not_synchronous(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, synchronous=())
    clock = scene.world.clock
    clock.on_sleep.append(lambda: setattr(scene.world, "lease", None) if clock.seconds > 30 else None)
    evidence = step.run(scene.context, PARAMS)
    assert clock.seconds > 30 and "expired by itself" in evidence["lease"]["how"]
    assert not any("revoke" in effect for effect in scene.world.effects)


def test_an_incomplete_fence_takes_no_lease(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, weak={CAMPUS})
    with pytest.raises(MedcloudError, match="not complete on main-hospital"):
        step.run(scene.context, PARAMS)
    assert scene.world.lease == PRODUCTION


def test_without_a_majority_nothing_is_fenced(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="majority"):
        step.check(play(majority=False).context, PARAMS)


def test_twice_is_the_same_as_once(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION})
    step.run(scene.context, PARAMS)
    scene.database.lead(SAME_CITY)
    evidence = step.run(scene.context, PARAMS)
    assert evidence["lease"]["after"] == "db-gaodian" and scene.world.lease == SAME_CITY


def test_undo_lifts_the_fences(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, fences=set(SURVIVORS))
    step.undo(scene.context, PARAMS)
    assert scene.world.fences == set()
