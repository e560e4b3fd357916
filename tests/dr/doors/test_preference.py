from __future__ import annotations

import pytest

from dr.doors.database import Seat
from dr.doors.preference import CopyPreference
from inventory.error import MedcloudError
from monitors.ssh import Completed, Unreachable
from tests.dr.doors.shell import ScriptedShell

SEATS = (Seat("db-a", "10.0.0.1", "a"), Seat("db-b", "10.0.0.2", "b"))


def test_every_member_is_told_its_part() -> None:
    shell = ScriptedShell({})
    CopyPreference(shell, "db", SEATS).choose("b")
    told = {host: command for host, command, _ in shell.asked}
    assert told["10.0.0.1"].startswith("python3 - other") and told["10.0.0.2"].startswith("python3 - chosen")
    assert all("systemctl reload patroni" in command for command in told.values())
    CopyPreference(shell, "db", SEATS).reset()
    assert [command.split()[2] for _, command, _ in shell.asked[2:]] == ["declared", "declared"]


def test_a_member_that_cannot_be_told_is_an_error() -> None:
    with pytest.raises(Unreachable):
        CopyPreference(ScriptedShell({}, gone=("10.0.0.1",)), "db", SEATS).choose("b")
    broken = ScriptedShell({"python3": Completed(1, "", "no such file")})
    with pytest.raises(MedcloudError, match="who is synchronous"):
        CopyPreference(broken, "db", SEATS).reset()
    with pytest.raises(MedcloudError, match="no member in c"):
        CopyPreference(ScriptedShell({}), "db", SEATS).choose("c")


def test_who_was_chosen_is_read_back() -> None:
    assert CopyPreference(ScriptedShell({"cat": "chosen"}), "db", SEATS).chosen() == "a"
    assert CopyPreference(ScriptedShell({"cat": "other"}), "db", SEATS).chosen() is None
