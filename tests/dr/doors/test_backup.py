from __future__ import annotations

import json
from typing import Any

import pytest

from dr.doors.backup import Repository
from dr.doors.programs import program
from dr.world import Entries
from inventory.error import MedcloudError
from monitors.ssh import Completed
from tests.dr.doors.shell import ScriptedShell


def door(answers: dict[str, str | Completed]) -> tuple[Repository, ScriptedShell]:
    shell = ScriptedShell(answers)
    return Repository(shell, "his-database", "10.88.3.6"), shell


def test_a_restore_is_sent_as_a_program_and_its_finding_read() -> None:
    backup, shell = door({"python3": '{"backup": "20261122-010000F", "bytes": 5}'})
    assert backup.restore("run-1", "2026-11-22 01:02:03.4+00")["backup"] == "20261122-010000F"
    ((host, command, text),) = shell.asked
    assert host == "10.88.3.6" and "'2026-11-22 01:02:03.4+00'" in command
    compile(text, "sent", "exec")
    assert "PrivateNetwork=yes" in text and "--archive-mode=off" in text, "a copy must never write into the archive"


def test_a_restore_that_fails_is_told_in_one_sentence() -> None:
    said = "his-database cannot be restored from 20261122-010000F: raised from local-1 protocol: zst error"
    backup, _ = door({"python3": Completed(1, "", f"Running as unit\n{said}\n")})
    with pytest.raises(MedcloudError) as caught:
        backup.restore("run-1", "2026-11-22 01:02:03+00")
    assert caught.value.message == f"his-database: restore: {said}"


def test_the_moment_of_a_run_is_written_down_once_and_read_again() -> None:
    backup, shell = door({"cat /var/lib/medcloud/restored/run-1/moment.json": ""})
    assert backup.chosen("run-1") is None
    backup.choose("run-1", "later", "sooner")
    assert json.loads(str(shell.asked[-1][2])) == {"moment": "later", "settled": "sooner"}
    known, _ = door({"cat /var": '{"moment": "later", "settled": "sooner"}'})
    assert known.chosen("run-1") == ("later", "sooner")


def test_records_are_asked_of_the_copy_only() -> None:
    backup, shell = door({"psql": "20|abc|0\n"})
    assert backup.entries("run-1", "2026-11-22 01:00:00+00", "2026-11-22 01:00:01+00") == Entries(20, "abc", 0)
    assert "-h /var/lib/medcloud/restored/run-1 -p 5433" in shell.asked[0][1]


@pytest.mark.parametrize(("listed", "there"), [("0\n", False), ("1\n", True), ("10\n", True)])
def test_a_segment_has_arrived_when_it_lies_in_the_archive(listed: str, there: bool) -> None:
    backup, shell = door({"ls /var": listed})
    assert backup.segment("000000020000000000000007") is there
    assert "/archive/his-database/*/0000000200000000/" in shell.asked[0][1]


def test_removing_says_when_something_is_left() -> None:
    backup, _ = door({"systemctl stop": Completed(1, "", "")})
    with pytest.raises(MedcloudError, match="remove the restored copy"):
        backup.remove("run-1")


def test_the_reason_of_a_failure_has_no_retries_in_it() -> None:
    space: dict[str, Any] = {"__name__": "sent"}
    exec(compile(program("restore_database"), "sent", "exec"), space)
    said = (
        "2026 P00   INFO: restore command begin\nERROR: [029]: raised from local-1 protocol: zst error: [-20] Data "
        "corruption detected\n       [FormatError] on retry after 0ms\n"
    )
    assert space["reason"](said) == "[029]: raised from local-1 protocol: zst error: [-20] Data corruption detected"
