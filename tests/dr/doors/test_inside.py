from __future__ import annotations

import subprocess

import pytest

from dr.doors.inside import Inside
from inventory.error import MedcloudError
from inventory.model import Site
from monitors.ssh import Completed


class Local:
    """Runs the script in this machine's own shell; `asked` keeps it."""

    asked = ""

    def run(self, host: str, command: str, input: str | bytes | None = None, timeout: float = 30.0) -> Completed:
        self.asked = str(input)
        parts = self.asked.replace("journalctl", "echo journal").replace("systemctl", "false").encode()
        done = subprocess.run(command.split(), input=parts, capture_output=True, timeout=timeout, check=False)
        return Completed(done.returncode, done.stdout.decode(errors="replace"), "")

    def forget(self, host: str) -> None: ...


def test_every_part_comes_back_and_a_failing_one_says_so(xiamen: Site) -> None:
    shell = Local()
    found = Inside(shell, xiamen).look("his-database-gaodian-1", 130)
    assert "--since=-130s" in found["log"] and "-n 800" in found["log"]
    assert found["failed"].startswith("not readable: exit 1")
    assert "127.0.0.1" in found["addresses"] and "MemTotal" in found["metrics"]


def test_an_unknown_machine_is_told(xiamen: Site) -> None:
    with pytest.raises(MedcloudError, match="no machine `moon`"):
        Inside(Local(), xiamen).look("moon", 10)
