from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import start_instances as step
from inventory.error import MedcloudError
from tests.dr.fakes import SAME_CITY, Scene

PARAMS = step.Params(system="his", centre=SAME_CITY)
NAMES = ["his-gaodian-1", "his-gaodian-2"]


def test_what_is_off_is_started_and_what_runs_is_left_alone(play: Callable[..., Scene]) -> None:
    scene = play(powers={"his-gaodian-2": "SHUTOFF"})
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"running": NAMES, "started": ["his-gaodian-2"]}
    assert step.run(scene.context, PARAMS) == {"running": NAMES, "started": []}
    step.undo(scene.context, PARAMS)
    assert scene.world.powers == dict.fromkeys(NAMES, "SHUTOFF")


@pytest.mark.parametrize("state", [{"powers": {"his-gaodian-1": "GONE"}}, {"hosts_down": {"his-gaodian-1"}}])
def test_without_its_place_it_cannot_start(play: Callable[..., Scene], state: dict[str, object]) -> None:
    with pytest.raises(MedcloudError, match="cannot start his-gaodian-1"):
        step.check(play(**state).context, PARAMS)


def test_an_instance_that_does_not_come_up_holds_the_drill(
    play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.dr.fakes.FakeCloud.start", lambda self, names: None)
    with pytest.raises(MedcloudError, match="his in gaodian to run"):
        step.run(play(powers={"his-gaodian-1": "SHUTOFF"}).context, PARAMS)
