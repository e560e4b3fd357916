from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from dr.steps import switchover_database as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, SAME_CITY, Scene

BACK = step.Params(system=HIS, source=SAME_CITY, target=PRODUCTION)
STATE = {"leader": SAME_CITY, "lease": SAME_CITY, "synchronous": (PRODUCTION,)}


@pytest.fixture
def scene(play: Callable[..., Scene]) -> Scene:
    """The same-city centre leads; Patroni is asked in a thread, so waiting must take a little time here."""
    found = play(**STATE)
    found.world.clock.on_sleep.append(lambda: time.sleep(0.002))
    return found


def test_it_hands_over_to_the_synchronous_copy(scene: Scene) -> None:
    step.check(scene.context, BACK)
    assert step.run(scene.context, BACK) == {"leader": "db-software-park-2", "was": "db-gaodian"}
    assert scene.world.effects == ["switchover from db-gaodian to db-software-park-2"]


def test_twice_hands_over_once(scene: Scene) -> None:
    for _ in range(2):
        step.check(scene.context, BACK)
        step.run(scene.context, BACK)
    assert len(scene.world.effects) == 1


def test_a_copy_that_lags_is_refused(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="synchronous copy"):
        step.check(play(**STATE | {"synchronous": ()}).context, BACK)


def test_a_refused_switchover_is_asked_for_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([MedcloudError("a switchover is under way"), None])

    def switchover(leader: str, candidate: str) -> None:
        refusal = next(answers)
        if refusal:
            raise refusal
        scene.database.lead(PRODUCTION)

    monkeypatch.setattr(scene.database, "switchover", switchover)
    assert step.run(scene.context, BACK)["leader"] == "db-software-park-2"


def test_when_it_never_happens_the_last_refusal_is_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(leader: str, candidate: str) -> None:
        raise MedcloudError("the candidate lags")

    monkeypatch.setattr(scene.database, "switchover", refuse)
    with pytest.raises(MedcloudError, match="last trouble: the candidate lags"):
        step.run(scene.context, BACK.model_copy(update={"patience": 5.0}))


def test_undo_hands_back(scene: Scene) -> None:
    step.run(scene.context, BACK)
    step.undo(scene.context, BACK)
    assert scene.world.leader == SAME_CITY
