"""`medcloud plan`: exit 0 when the clouds are as the model says, 2 when they are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inventory.load import BLUEPRINTS
from tests.conftest import ProvisionedLab


@pytest.mark.lab
def test_after_an_apply_there_is_nothing_to_do(xiamen_lab: ProvisionedLab) -> None:
    assert xiamen_lab.json("plan", "xiamen", exit_code=0)["changes"] == []


@pytest.mark.lab
def test_a_changed_model_is_a_change(xiamen_lab: ProvisionedLab, tmp_path: Path) -> None:
    site = tmp_path / "xiamen"
    shutil.copytree(BLUEPRINTS / "xiamen", site)
    network = site / "network.yml"
    before = network.read_text(encoding="utf-8")
    network.write_text(before.replace("ports: [5432]", "ports: [5432, 5433]", 1), encoding="utf-8")
    assert network.read_text(encoding="utf-8") != before
    planned = xiamen_lab.json("plan", str(site), exit_code=2)
    assert {(change["kind"], change["op"]) for change in planned["changes"]} == {("security_group", "update")}


def test_an_unknown_centre_is_bad_input(tmp_path: Path) -> None:
    from cli.clouds import over_centres
    from cli.context import Settings, open_site
    from inventory.error import MedcloudError

    context = open_site(Settings(tmp_path, tmp_path, "no-such-lab", None), "xiamen")
    with pytest.raises(MedcloudError) as caught:
        over_centres(context, lambda deployment: pytest.fail("nothing may run"), print, "gaodain")
    assert caught.value.code == "input" and "gaodian" in caught.value.hint
