"""`medcloud destroy` asks first."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.conftest import MEDCLOUD


def test_another_answer_than_the_name_deletes_nothing(tmp_path: Path) -> None:
    command = [MEDCLOUD, "--state-dir", str(tmp_path), "--lab", "nowhere", "destroy", "xiamen"]
    done = subprocess.run(command, input="yes\n", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "nothing was deleted" in done.stderr
