from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import release_lease as step
from dr.world import Grant
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, holder=PRODUCTION)
HOME = Grant(HIS, PRODUCTION, 4, "earlier", "planned", 9)


def test_nobody_may_serve_and_the_holder_is_proved_silent(play: Callable[..., Scene]) -> None:
    scene = play(grants={HIS: HOME})
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert scene.world.grants[HIS].centre is None and evidence["token"] == 5 and "said so" in evidence["proof"]
    assert step.run(scene.context, PARAMS)["token"] == 5, "twice is the same as once"


def test_a_holder_that_cannot_be_silenced_keeps_the_step_from_ending(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="not proved silent"):
        step.run(play(gone={PRODUCTION}, grants={HIS: HOME}).context, PARAMS)


def test_only_the_holder_can_give_it_up(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="software-park-2 may serve"):
        step.check(play(grants={HIS: HOME}).context, step.Params(system=HIS, holder=SAME_CITY))


def test_no_majority_is_refused(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="majority"):
        step.preflight(play(majority=False).context, PARAMS)


def test_undo_lets_the_holder_serve_again(play: Callable[..., Scene]) -> None:
    scene = play(grants={HIS: HOME})
    step.run(scene.context, PARAMS)
    step.undo(scene.context, PARAMS)
    assert (scene.world.grants[HIS].centre, scene.world.grants[HIS].token) == (PRODUCTION, 6)
