"""`medcloud validate` as a user types it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from inventory.load import BLUEPRINTS
from tests.cli.typed import typed


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return typed(*words)


def _broken(folder: Path) -> Path:
    for path in (BLUEPRINTS / "xiamen").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        text = text.replace("depends_on: [his-database]", "depends_on: [his-databse]", 1)
        (folder / path.name).write_text(text.replace("tier: city\n", "teir: city\n", 1), encoding="utf-8")
    return folder


def test_validate_prints_the_totals_as_json() -> None:
    done = _run("validate", "xiamen", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["valid"] is True
    sums = result["totals"]
    assert (sums["vcpus"], sums["memory_gb"], sums["storage_tb"]) == (268, 916, 56.78)
    assert (sums["database_servers"], sums["big_data_servers"]) == (2, 9)


def test_validate_lists_all_problems_and_exits_2(tmp_path: Path) -> None:
    done = _run("validate", str(_broken(tmp_path)), "--json")
    assert done.returncode == 2
    result = json.loads(done.stdout)
    assert result["valid"] is False
    hints = {problem["message"]: problem["hint"] for problem in result["problems"]}
    assert hints["unknown key `teir`"] == "did you mean `tier`?"
    assert hints["no system `his-databse`"] == "did you mean `his-database`?"
    for problem in result["problems"]:
        assert f"{problem['file']}:{problem['line']}: " in done.stderr


def test_validate_of_an_unknown_site_exits_2() -> None:
    done = _run("validate", "xiamem")
    assert done.returncode == 2
    assert "did you mean xiamen?" in done.stderr
    assert "Traceback" not in done.stderr
