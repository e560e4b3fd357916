from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import switch_pacs as step
from inventory.error import MedcloudError
from tests.dr.fakes import PACS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params(system=PACS, source=PRODUCTION, target=SAME_CITY)


def test_the_address_follows_when_the_target_answers(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION})
    scene.fence_all()
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS)["held_by"] == SAME_CITY
    assert scene.world.effects == ["hold 10.10.10.2 in gaodian"]


def test_a_silent_archive_gets_no_address(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="pacs in gaodian to answer"):
        step.check(play(gone={SAME_CITY}).context, PARAMS)


def test_undo_gives_it_back(play: Callable[..., Scene]) -> None:
    scene = play()
    step.run(scene.context, PARAMS)
    step.undo(scene.context, PARAMS)
    assert (PRODUCTION, "10.10.10.2") in scene.world.held
