from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dr.doors.bubble import ArchiveBubble, DatabaseBubble
from dr.doors.database import DRILL_DATABASE
from inventory.error import MedcloudError
from monitors.ssh import Completed
from tests.dr.doors.shell import ScriptedShell

PASSWORD = "s3cret-of-replication"
ADDRESSES = {"gaodian": "10.22.20.10"}


def database(answers: dict[str, str | Completed]) -> tuple[DatabaseBubble, ScriptedShell]:
    shell = ScriptedShell(answers)
    return DatabaseBubble(shell, "his-database", ADDRESSES, PASSWORD), shell


def test_the_copy_is_made_on_the_machine_of_the_copy_and_the_password_is_in_no_command() -> None:
    bubble, shell = database({"python3": '{"bytes": 5, "copied_in_seconds": 1.5}'})
    assert bubble.make("gaodian", "run-1") == {"bytes": 5, "copied_in_seconds": 1.5}
    ((host, command, text),) = shell.asked
    assert host == "10.22.20.10" and PASSWORD not in command
    assert f'SECRET = "{PASSWORD}"' in text
    compile(text, "sent", "exec")  # what is sent is still a program


def test_what_is_seen_from_inside_is_told() -> None:
    bubble, _ = database({"python3": '{"interfaces": ["lo"], "routes": 0, "reached": []}'})
    assert bubble.isolation("gaodian", "run-1", ("10.21.20.10",)).complete
    leaky, _ = database({"python3": '{"interfaces": ["eth0", "lo"], "routes": 2, "reached": ["10.21.20.10:22"]}'})
    assert not leaky.isolation("gaodian", "run-1", ()).complete


def test_room_chains_and_time_are_read() -> None:
    bubble, shell = database(
        {"du -sbx": "40000000\n5000000\n100663296\n900000000\n", "psql": "1\n2\n10\n", "made_at": "17.5"}
    )
    assert (bubble.room("gaodian").needed, bubble.room("gaodian").free) == (145_663_296, 900_000_000)
    assert bubble.holds("gaodian", "run-1", "run-1") == {"1", "2", "10"}
    assert bubble.made_at("gaodian", "run-1") == 17.5
    asked = [command for _, command, _ in shell.asked if f"-d {DRILL_DATABASE}" in command]
    assert asked and all("-p 5433" in command for command in asked), "never the real copy"


def test_room_is_what_the_copy_really_takes(tmp_path: Path) -> None:
    """A refusal seen in the lab: three quarters of the "needed" bytes were log kept for others, which is not copied."""
    bubble, shell = database({"du -sbx": "1\n1\n1\n1\n"})
    bubble.room("gaodian")
    command = shell.asked[-1][1].replace("/var/lib/postgresql/15/main", str(tmp_path)).split("; cd /")[0]
    for folder, size in (("base", 300_000), ("pg_wal", 16 << 20)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_bytes(b"x" * size)
    told = subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout
    assert 300_000 <= int(told) < 400_000
    gone = subprocess.run(command.replace(str(tmp_path), "/nowhere"), shell=True, capture_output=True)
    assert gone.returncode != 0, "a folder that is not there is not an empty one"


def test_what_fails_there_is_told_with_its_place() -> None:
    bubble, _ = database({"python3": Completed(1, "", "the copy took no writes within 60 s")})
    with pytest.raises(MedcloudError, match=r"his-database in gaodian: make the bubble.*took no writes"):
        bubble.make("gaodian", "run-1")
    with pytest.raises(MedcloudError, match="no copy in fuzhou"):
        bubble.make("fuzhou", "run-1")


def test_an_archive_is_asked_inside_its_own_network_with_its_password_on_stdin() -> None:
    shell = ScriptedShell({"curl": '[{"ID": "a", "MainDicomTags": {"SOPInstanceUID": "1.2"}}]'})
    bubble = ArchiveBubble(shell, "pacs", {"gaodian": "10.22.30.10"}, "medcloud", "s3cret")
    assert bubble.holds("gaodian", "run-1", "run-1") == {"1.2"}
    assert bubble.write("gaodian", "run-1") == frozenset(), "what does not come back was not written"
    for _, command, text in shell.asked:
        assert "s3cret" not in command and ("curl" not in command or "nsenter -n" in command)
        assert "curl" not in command or 'user = "medcloud:s3cret"' in text


def test_removing_leaves_nothing_and_says_so() -> None:
    bubble, shell = database({})
    bubble.remove("gaodian", "run-1")
    assert "rm -rf /var/lib/medcloud/bubble/run-1" in shell.asked[-1][1]
    stuck, _ = database({"systemctl stop": Completed(1, "", "")})
    with pytest.raises(MedcloudError, match="remove the bubble"):
        stuck.remove("gaodian", "run-1")
