"""`medcloud grade` as typed: from runs on disk, never from the model alone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from inventory.model import Site
from tests.cli.typed import typed as in_process
from tests.dr.finished import finished


def typed(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return in_process("--state-dir", state, "--lab", "nowhere", "grade", "xiamen", *words)


def test_without_a_run_nothing_is_proved(tmp_path: Path) -> None:
    done = typed(tmp_path)
    assert done.returncode == 1 and "no unplanned drill has measured it" in done.stdout
    assert "interop (2020): not proved" in done.stdout


def test_the_worst_run_decides_and_counted_systems_are_not_proved(tmp_path: Path, xiamen: Site) -> None:
    finished(tmp_path / "nowhere" / "drills", xiamen, "run-1", rto=6.0)
    finished(tmp_path / "nowhere" / "drills", xiamen, "run-2", rto=1000.0)
    done = typed(tmp_path, "--json")
    found = json.loads(done.stdout)
    his = next(system for system in found["systems"] if system["system"] == "his-database")
    assert done.returncode == 0 and his["proof"]["rto_run"] == "run-2"
    assert next(s["proved"] for s in his["standings"] if s["scheme"] == "interop") == "四级甲等"
    shown = typed(tmp_path, "--last", "1").stdout
    assert "outage 1000 s (run-2)" in shown and "only counted in" in shown
