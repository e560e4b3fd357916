from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import ship_last_byte as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, REMOTE, Scene

PARAMS = step.Params(system=HIS, source=PRODUCTION, target=REMOTE)


def test_it_waits_until_the_copy_has_everything(play: Callable[..., Scene]) -> None:
    scene = play(positions={PRODUCTION: 500, REMOTE: 100})
    clock = scene.world.clock
    clock.on_sleep.append(lambda: scene.world.positions.update({REMOTE: 100 + int(clock.seconds * 100)}))
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert evidence["bytes_behind"] == 0 and clock.seconds == pytest.approx(4.0)
    assert scene.world.effects == [] and step.undo(scene.context, PARAMS) == {}


def test_a_copy_that_stays_behind_holds_the_drill(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="the last byte in fuzhou"):
        step.run(play(positions={PRODUCTION: 500, REMOTE: 499}).context, PARAMS)


def test_after_the_change_of_sides_there_is_nothing_left_to_ship(play: Callable[..., Scene]) -> None:
    scene = play(leader=REMOTE, lease=REMOTE, positions={PRODUCTION: 500, REMOTE: 400})
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS)["shipped_to"] == "db-fuzhou"


@pytest.mark.parametrize("state", [{"states": {REMOTE: "starting"}}, {"unread": {REMOTE}}, {"gone": {REMOTE}}])
def test_a_copy_that_does_not_stream_is_told_at_once(play: Callable[..., Scene], state: dict[str, object]) -> None:
    with pytest.raises(MedcloudError, match=r"does not stream|cannot be read"):
        step.check(play(**state).context, PARAMS)
