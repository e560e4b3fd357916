"""`medcloud doctor` says what lacks and where things lie."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.conftest import MEDCLOUD


def test_checks_and_folders_are_told(tmp_path: Path) -> None:
    command = [MEDCLOUD, "--state-dir", str(tmp_path / "s"), "--cache-dir", str(tmp_path / "c"), "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    told = json.loads(done.stdout)
    assert told["folders"] == {"state": str(tmp_path / "s"), "cache": str(tmp_path / "c")}
    assert done.returncode == (0 if all(check["ok"] for check in told["checks"]) else 1)
    assert {"pulumi or go"} <= {check["name"] for check in told["checks"]}
    assert all(check["detail"] for check in told["checks"])


def test_prepare_finds_an_engine_that_is_there(tmp_path: Path) -> None:
    engine = tmp_path / "bin" / "pulumi"
    engine.parent.mkdir()
    engine.write_text("#!/bin/sh\necho v3.300.0\n")
    engine.chmod(0o755)
    command = [MEDCLOUD, "--state-dir", str(tmp_path), "--cache-dir", str(tmp_path / "c"), "doctor", "--prepare"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={"PATH": f"{engine.parent}:/usr/bin:/bin"}
    )
    assert done.returncode == 0, done.stderr
    assert str(engine) in done.stderr
