from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import run_playbook as step
from inventory.error import MedcloudError
from tests.dr.fakes import Scene

PARAMS = step.Params(playbook="routers-configure", hosts=("routers", "gaodian-router-1"))


def test_the_playbook_is_played_on_those_hosts(play: Callable[..., Scene]) -> None:
    scene = play()
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"changed": 0}
    assert scene.world.effects == ["play routers-configure on routers,gaodian-router-1"]
    assert step.undo(scene.context, PARAMS) == {}


@pytest.mark.parametrize("hosts", [("moon-router-1",), ()])
def test_hosts_that_the_inventory_does_not_have_are_refused(play: Callable[..., Scene], hosts: tuple[str, ...]) -> None:
    with pytest.raises(MedcloudError, match="no host or group"):
        step.check(play().context, PARAMS.model_copy(update={"hosts": hosts}))
