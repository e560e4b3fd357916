from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import rejoin_database as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, centre=PRODUCTION)
LED = {"lease": SAME_CITY, "leader": SAME_CITY, "synchronous": ()}


def test_it_starts_the_old_leader_and_sees_it_follow(play: Callable[..., Scene]) -> None:
    scene = play(stopped={PRODUCTION}, **LED)
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert scene.world.effects == ["start db-software-park-2"]
    assert (evidence["state"], evidence["copied_anew"]) == ("streaming", False)


def test_a_member_that_cannot_be_rewound_is_copied_anew(play: Callable[..., Scene]) -> None:
    scene = play(states={PRODUCTION: "start failed"}, **LED)
    evidence = step.run(scene.context, PARAMS)
    assert scene.world.effects == ["start db-software-park-2", "reinitialise db-software-park-2"]
    assert evidence["copied_anew"] and scene.world.clock.seconds > PARAMS.copy_after


def test_a_member_with_a_future_of_its_own_is_copied_anew_at_once(play: Callable[..., Scene]) -> None:
    """Seen in the lab: promoted by Patroni under the new leader's timeline, then listed as streaming without lag."""
    scene = play(forked={PRODUCTION}, **LED)
    evidence = step.run(scene.context, PARAMS)
    assert scene.world.effects[-1] == "reinitialise db-software-park-2" and scene.world.clock.seconds < 5
    assert evidence["copied_because"] == "forked"


def test_the_leader_itself_may_not_rejoin(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="another member than db-software-park-2"):
        step.check(play().context, PARAMS)


def test_undo_stops_it(play: Callable[..., Scene]) -> None:
    scene = play(**LED)
    step.undo(scene.context, PARAMS)
    assert scene.world.stopped == {PRODUCTION}
