from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import notify as step
from inventory.error import MedcloudError
from tests.dr.fakes import CAMPUS, Scene


def test_the_ward_is_told_and_the_journal_says_so(play: Callable[..., Scene]) -> None:
    scene, params = play(), step.Params(text="切换完成")
    step.check(scene.context, params)
    assert step.run(scene.context, params) == {"told": CAMPUS, "how": "on 1 workstation"}
    assert scene.world.effects == [f"tell {CAMPUS}: 切换完成", f"told {CAMPUS}: 切换完成"]
    assert step.undo(scene.context, params) == {}


@pytest.mark.parametrize("params", [step.Params(text=" "), step.Params(text="x", place="gaodian")])
def test_nothing_to_say_or_nobody_there_is_refused(play: Callable[..., Scene], params: step.Params) -> None:
    with pytest.raises(MedcloudError, match=r"nothing to say|no campus"):
        step.check(play().context, params)
