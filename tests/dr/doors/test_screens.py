from __future__ import annotations

import pytest

from dr.doors.screens import Screens
from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Site
from tests.dr.doors.shell import ScriptedShell


def test_every_workstation_of_the_campus_shows_it(xiamen: Site) -> None:
    shell = ScriptedShell({})
    wards = [str(m.management.ip) for m in machines(xiamen) if (m.kind, m.place) == ("workstation", "main-hospital")]
    assert Screens(shell, xiamen).say("main-hospital", "切换完成; rm -rf /") == f"on {len(wards)} workstations"
    assert [host for host, _, _ in shell.asked] == wards
    assert all("切换" not in command and text == "切换完成; rm -rf /" for _, command, text in shell.asked)


def test_a_place_without_workstations_is_told(xiamen: Site) -> None:
    with pytest.raises(MedcloudError, match="gaodian has no workstation"):
        Screens(ScriptedShell({}), xiamen).say("gaodian", "x")
