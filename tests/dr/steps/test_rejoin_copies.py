from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import rejoin_copies as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, REMOTE, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, leave_out=(PRODUCTION,))
LED = {"lease": SAME_CITY, "leader": SAME_CITY, "synchronous": ()}


def test_every_copy_is_seen_to_follow_on_the_leaders_timeline(play: Callable[..., Scene]) -> None:
    scene = play(**LED)
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, step.Params(system=HIS))
    assert evidence["leader"] == "db-gaodian" and evidence["away"] == []
    assert [(f["member"], f["timeline"], f["copied_anew"]) for f in evidence["following"]] == [
        ("db-software-park-2", 2, False),
        ("db-fuzhou", 2, False),
    ]
    assert scene.world.effects == []


def test_a_far_copy_that_hangs_on_an_older_timeline_is_copied_anew(play: Callable[..., Scene]) -> None:
    """Seen with real servers: it asks the rebuilt leader for a history that nobody has any more, every five seconds."""
    scene = play(timelines={REMOTE: 1}, **LED)
    (found,) = step.run(scene.context, PARAMS)["following"]
    assert scene.world.effects == ["reinitialise db-fuzhou"] and scene.world.clock.seconds > PARAMS.copy_after
    assert (found["timeline"], found["copied_because"]) == (2, "did not follow")


def test_a_copy_that_is_away_is_told_of_and_not_waited_for(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION, REMOTE}, **LED)
    evidence = step.run(scene.context, PARAMS)
    assert (evidence["away"], evidence["following"]) == (["db-fuzhou"], [])
    assert scene.world.effects == ["db-fuzhou is stopped or away: nobody saw it follow db-gaodian"]
    assert scene.world.clock.seconds == 0


def test_the_lost_centres_copy_is_another_steps_business(play: Callable[..., Scene]) -> None:
    scene = play(states={PRODUCTION: "start failed"}, **LED)
    assert [found["member"] for found in step.run(scene.context, PARAMS)["following"]] == ["db-fuzhou"]


def test_without_a_leader_there_is_nobody_to_follow(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="to have a leader"):
        step.check(play(lease=None).context, PARAMS)


def test_undo_leaves_it_following(play: Callable[..., Scene]) -> None:
    scene = play(**LED)
    assert step.undo(scene.context, PARAMS) == {} and scene.world.effects == []
