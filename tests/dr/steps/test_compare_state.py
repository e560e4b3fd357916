from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import compare_state as step
from dr.steps import note_state
from inventory.error import MedcloudError
from tests.dr.fakes import CAMPUS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params()


def noted(play: Callable[..., Scene]) -> Scene:
    scene = play()
    note_state.run(scene.context, note_state.Params())
    return scene


def test_nothing_changed_is_proved(play: Callable[..., Scene]) -> None:
    scene = noted(play)
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"changed": [], "verdict": "met"}
    assert step.undo(scene.context, PARAMS) == {}


def test_every_difference_is_named_and_misses_the_drill(play: Callable[..., Scene]) -> None:
    scene = noted(play)
    scene.database.lead(SAME_CITY)
    scene.world.fences.add((CAMPUS, PRODUCTION))
    evidence = step.run(scene.context, PARAMS)
    assert evidence["verdict"] == "missed"
    assert any("his-database.leader: db-software-park-2 → db-gaodian" in line for line in evidence["changed"])
    assert any("fences" in line for line in evidence["changed"])


def test_without_a_note_nothing_can_be_proved(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="what was before is unknown"):
        step.check(play().context, PARAMS)
