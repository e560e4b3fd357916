"""`medcloud lab` as typed, where no lab is up (what it does is tested in tests/lab)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.conftest import MEDCLOUD


def typed(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [MEDCLOUD, "--state-dir", str(state), "--cache-dir", str(state), "--lab", "nowhere", "lab", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_fault_needs_a_lab_that_is_up(tmp_path: Path) -> None:
    done = typed(tmp_path, "cut", "xiamen", "mh-sp2-telecom")
    assert done.returncode != 0
    assert "lab up" in done.stderr


def test_down_of_a_lab_that_is_not_up_is_done_already(tmp_path: Path) -> None:
    done = typed(tmp_path, "down", "xiamen", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"name": "nowhere", "gone": True}
