from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import verify_bubble as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PACS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, centre=SAME_CITY, source=PRODUCTION)


def bubbled(play: Callable[..., Scene], system: str = HIS, **state: object) -> Scene:
    scene = play(**state)
    for chain in (1, 2):
        scene.world.acknowledge(chain, wall=-5.0)
    scene.context.bubble(system).make(SAME_CITY, "run-1")
    return scene


def test_whole_working_and_closed(play: Callable[..., Scene]) -> None:
    scene = bubbled(play)
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert evidence["verdict"] == "met" and evidence["interfaces"] == ["lo"]
    assert (evidence["acknowledged_before_the_copy"], evidence["missing_in_the_copy"]) == (2, 0)
    assert evidence["written_and_read_back"] == 3 and evidence["leaked_to_production"] == 0
    assert "10.21.20.10" in evidence["tried"] and "10.22.20.10" not in evidence["tried"]
    assert step.undo(scene.context, PARAMS) == {}


def test_an_acknowledged_record_that_the_copy_lacks_misses_the_drill(play: Callable[..., Scene]) -> None:
    scene = bubbled(play)
    scene.world.bubbles[HIS, SAME_CITY].discard("2")
    assert step.run(scene.context, PARAMS)["verdict"] == "missed"


def test_what_was_promised_after_the_copy_is_not_asked_of_it(play: Callable[..., Scene]) -> None:
    scene = bubbled(play)
    scene.world.acknowledge(3, wall=5.0)
    assert step.run(scene.context, PARAMS)["acknowledged_before_the_copy"] == 2


def test_a_way_out_misses_the_drill(play: Callable[..., Scene]) -> None:
    scene = bubbled(play, bubble_reaches=("10.21.20.10:5432",))
    evidence = step.run(scene.context, PARAMS)
    assert evidence["verdict"] == "missed" and evidence["reached"] == ["10.21.20.10:5432"]


def test_an_image_that_got_out_misses_the_drill(play: Callable[..., Scene]) -> None:
    params = step.Params(system=PACS, centre=SAME_CITY, source=PRODUCTION)
    scene = bubbled(play, PACS)
    assert step.run(scene.context, params)["verdict"] == "met"
    scene.world.stored[PRODUCTION] = {"bubble-1"}
    assert step.run(scene.context, params)["leaked_to_production"] == 1


def test_no_bubble_nothing_to_verify(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="no bubble"):
        step.check(play().context, PARAMS)
