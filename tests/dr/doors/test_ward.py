from __future__ import annotations

import base64
import io
import json
import zipfile

import pytest

from dr.doors.ward import Ward
from inventory.error import MedcloudError
from monitors.ssh import Completed
from tests.dr.doors.shell import ScriptedShell


def test_program_and_configuration_go_by_stdin_and_the_unit_is_started_once() -> None:
    shell = ScriptedShell({})
    Ward(shell, "10.88.61.11").start("run-1", {"run": "run-1", "database": {"password": "hunter2"}})
    (_, put_program, program), (_, put_config, config), (_, start, _) = shell.asked
    assert not any("hunter2" in command for command in (put_program, put_config, start))
    assert "umask 077" in put_config and json.loads(config)["folder"] == "/var/lib/medcloud/ledger/run-1"
    names = zipfile.ZipFile(io.BytesIO(base64.b64decode(program))).namelist()
    assert names == ["writer.py", "dicom.py", "__main__.py"]
    assert start.startswith("systemctl is-active --quiet medcloud-ledger-run-1.service ||")


def test_stopping_takes_the_password_away() -> None:
    shell = ScriptedShell({})
    Ward(shell, "10.88.61.11").stop("run-1")
    assert "rm -f /var/lib/medcloud/ledger/run-1/config.json" in shell.asked[0][1]


def test_an_error_names_what_was_tried() -> None:
    shell = ScriptedShell({"systemd-run": Completed(1, "", "no such unit")})
    with pytest.raises(MedcloudError, match="start the ledger: exit 1: no such unit"):
        Ward(shell, "10.88.61.11").start("run-1", {})
