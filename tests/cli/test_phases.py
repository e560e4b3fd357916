"""What a killed run left in memory is removed by the next one, what a living one uses is not."""

from __future__ import annotations

import os
from pathlib import Path

from cli.phases import sweep


def test_only_the_folders_of_dead_processes_go(tmp_path: Path) -> None:
    dead, alive, other = tmp_path / "medcloud-4194305-ab", tmp_path / f"medcloud-{os.getpid()}-cd", tmp_path / "x"
    for folder in (dead, alive, other):
        (folder / "env").mkdir(parents=True)
        (folder / "env" / "extravars").write_text("secret")
    sweep(tmp_path)
    assert not dead.exists()
    assert alive.exists() and other.exists()
