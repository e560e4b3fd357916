from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import detect_outage as step
from inventory.error import MedcloudError
from tests.dr.fakes import CAMPUS, PRODUCTION, Scene

PARAMS = step.Params(centre=PRODUCTION, confirm=1.0, patience=20)


def test_it_waits_until_the_lines_are_down_for_long_enough(play: Callable[..., Scene]) -> None:
    scene = play()
    clock = scene.world.clock
    clock.on_sleep.append(lambda: scene.world.gone.add(PRODUCTION) if clock.seconds > 5 else None)
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert evidence["observers"] == [CAMPUS] and 6.0 <= clock.seconds < 7.0
    assert scene.world.effects == []


def test_a_line_that_comes_back_in_between_starts_the_wait_anew(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION})
    clock = scene.world.clock

    def flap() -> None:
        (scene.world.gone.discard if 0.5 < clock.seconds < 1.0 else scene.world.gone.add)(PRODUCTION)

    clock.on_sleep.append(flap)
    step.run(scene.context, PARAMS)
    assert clock.seconds >= 2.0


def test_a_centre_that_stays_is_not_out(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="not seen within 20 s"):
        step.run(play().context, PARAMS)
