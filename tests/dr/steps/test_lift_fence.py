from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import lift_fence as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params(centre=PRODUCTION, system=HIS)
HARMLESS = {"lease": SAME_CITY, "leader": SAME_CITY, "held": {(SAME_CITY, "10.10.10.1"), (SAME_CITY, "10.10.10.2")}}


def test_a_harmless_centre_is_unfenced_everywhere_its_own_router_last(play: Callable[..., Scene]) -> None:
    scene = play(**HARMLESS)
    scene.fence_all()
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS)["lifted_on"][-1] == PRODUCTION
    assert scene.world.fences == set()


def test_a_centre_that_leads_stays_fenced(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="leads: the fence of software-park-2 stays"):
        step.check(play(**HARMLESS | {"lease": PRODUCTION}).context, PARAMS)


def test_a_centre_that_holds_a_service_stays_fenced(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match=r"holds 10\.10\.10\.2"):
        step.check(play(**HARMLESS | {"held": {(PRODUCTION, "10.10.10.2")}}).context, PARAMS)


def test_undo_fences_again(play: Callable[..., Scene]) -> None:
    scene = play(**HARMLESS)
    step.undo(scene.context, PARAMS)
    assert len(scene.world.fences) == 4
