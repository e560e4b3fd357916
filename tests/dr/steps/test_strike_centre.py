from __future__ import annotations

from collections.abc import Callable

from dr.steps import strike_centre as step
from tests.dr.fakes import PRODUCTION, Scene

PARAMS = step.Params(centre=PRODUCTION)


def test_it_strikes_and_says_when(play: Callable[..., Scene]) -> None:
    scene = play()
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert scene.world.gone == {PRODUCTION} and evidence["at"] == "2026-11-22T00:00:00+00:00"
    assert evidence["how"] == "software-park-2 isolated"


def test_undo_gives_the_centre_back(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION})
    step.undo(scene.context, PARAMS)
    assert scene.world.gone == set()
