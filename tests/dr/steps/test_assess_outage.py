from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.plan import Acceptance
from dr.planner import standard
from dr.steps import assess_outage as step
from inventory.error import MedcloudError
from tests.dr.fakes import CAMPUS, HIS, PACS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params(lost=PRODUCTION, target=SAME_CITY, systems=(HIS, PACS))


def test_a_lost_centre_is_recorded_and_nothing_is_touched(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, faults=(PRODUCTION,))
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert set(evidence["lines_up"].values()) == {0} and evidence["faults"] == [PRODUCTION]
    assert evidence["signs_of_life"] == [] and "not known" in evidence["not_measured"]
    assert scene.world.effects == [] and step.undo(scene.context, PARAMS) == {}


def test_a_centre_that_serves_is_not_lost(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="software-park-2 is not lost: lines to it are up") as refusal:
        step.check(play().context, PARAMS)
    assert refusal.value.code == "refused"


def test_a_half_dead_centre_is_left_only_when_somebody_answers_for_that(play: Callable[..., Scene]) -> None:
    state = {"lease": None}  # its lines are up, it holds its addresses, its database leads nothing
    with pytest.raises(MedcloudError, match=r"is not lost: lines to it are up.*it holds 10.10.10.2 of pacs"):
        step.check(play(**state).context, PARAMS)
    agreed = (Acceptance(what="half-dead", by="Chen Li"),)
    scene = play(
        plan=standard(play().context.site, "same-city-outage").model_copy(update={"accepted": agreed}), **state
    )
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS)["accepted_by"] == ["Chen Li"]


def test_what_serves_is_never_left_whoever_agrees(play: Callable[..., Scene]) -> None:
    agreed = (Acceptance(what="half-dead", by="Chen Li"),)
    scene = play(plan=standard(play().context.site, "same-city-outage").model_copy(update={"accepted": agreed}))
    with pytest.raises(MedcloudError, match="is not lost"):
        step.check(scene.context, PARAMS)


def test_a_centre_that_let_go_of_everything_may_be_left_though_its_lines_are_up(play: Callable[..., Scene]) -> None:
    step.check(play(lease=None, held=set()).context, PARAMS)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"gone": {PRODUCTION, SAME_CITY}}, "unreachable"),
        ({"gone": {PRODUCTION}, "powers": {"his-database-gaodian-1": "GONE"}}, "no capacity.*is not there"),
        ({"gone": {PRODUCTION}, "majority": False}, "majority"),
    ],
)
def test_nothing_begins_where_nothing_could_take_over(
    play: Callable[..., Scene], state: dict[str, object], words: str
) -> None:
    with pytest.raises(MedcloudError, match=words):
        step.check(play(**state).context, PARAMS)


def test_a_place_that_does_not_answer_is_left_out_of_what_was_seen(play: Callable[..., Scene]) -> None:
    evidence = step.run(play(gone={PRODUCTION, CAMPUS}).context, PARAMS)
    assert CAMPUS not in evidence["lines_up"] and SAME_CITY in evidence["lines_up"]
