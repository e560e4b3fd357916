from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app

RUNNER = CliRunner()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def _type(state: Path, *words: str) -> Result:
    return RUNNER.invoke(app, ["--state-dir", str(state), "report", "xiamen", *words])


def test_prints_the_paths_of_a_site_where_nothing_was_run(state: Path, tmp_path: Path) -> None:
    done = _type(state, "--lang", "en", "--out", str(tmp_path / "out"), "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["not_run"] == ["drill", "audit", "capacity", "deployment"]
    files = [Path(file) for file in found["files"]]
    assert files[0] == tmp_path / "out" / "report.en.pdf"
    assert all(file.is_file() for file in files)
    assert not any(".zh." in file.name for file in files)
    page = (tmp_path / "out" / "report.en.html").read_text(encoding="utf-8")
    assert "268 vCPU, 916 GB RAM and 56.78 TB of storage" in page


def test_an_unknown_run_is_bad_input_and_writes_nothing(state: Path, tmp_path: Path) -> None:
    done = _type(state, "--drill", "never-was", "--out", str(tmp_path / "out"))
    assert "no drill run `never-was`" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_an_unknown_language_is_refused_by_the_parser(state: Path) -> None:
    assert _type(state, "--lang", "fr").exit_code == 2
