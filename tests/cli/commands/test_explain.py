"""`medcloud explain` as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from inventory.load import BLUEPRINTS

MEDCLOUD = str(Path(sys.executable).parent / "medcloud")


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([MEDCLOUD, *words], capture_output=True, text=True, timeout=60)


def test_explain_tells_the_line_where_it_was_written() -> None:
    done = _run("explain", "xiamen", "pacs", "--json")
    assert done.returncode == 0, done.stderr
    (item,) = json.loads(done.stdout)
    lines = (BLUEPRINTS / "xiamen" / "systems.yml").read_text(encoding="utf-8").splitlines()
    assert item["file"] == "xiamen/systems.yml"
    assert lines[item["line"] - 1] == "  - name: pacs"


def test_explain_without_a_name_says_what_there_is() -> None:
    done = _run("explain", "xiamen")
    assert done.returncode == 0, done.stderr
    assert "campus: main-hospital, tcm-hospital" in done.stdout.splitlines()


def test_explain_of_an_unknown_name_exits_2() -> None:
    done = _run("explain", "xiamen", "gaodien")
    assert done.returncode == 2
    assert "did you mean `gaodian`?" in done.stderr
