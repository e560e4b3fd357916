"""`medcloud readiness` as typed; no test speaks to any address of the model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import cli.looking
import cli.ready
from cli.main import app
from inventory.error import MedcloudError
from monitors.facts import Facts
from tests.dr.results import NOW


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Everything is out of reach."""

    def gone(*anything: Any) -> Any:
        raise MedcloudError("nobody answers")

    monkeypatch.setattr(cli.looking, "facts_of", lambda context, shell: Facts(context.site.name, NOW))
    monkeypatch.setattr("dr.doors.database.PatroniCluster.lease", gone)
    monkeypatch.setattr("dr.engine.Engine.preflight", gone)
    words = ["--state-dir", str(tmp_path), "--lab", "nowhere", "readiness", "xiamen"]
    return lambda *more: CliRunner().invoke(app, [*words, *more])


def test_a_site_that_nobody_reads_is_no_go_with_reasons(typed: Callable[..., Any]) -> None:
    done = typed("--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 1 and found["go"] is False
    plan = next(plan for plan in found["plans"] if plan["plan"] == "same-city-failover")
    checks = {check["name"]: check["word"] for check in plan["checks"]}
    assert checks["lease of his-database"] == "unknown" and checks["start"] == "unknown"
    assert "go" not in {word for name, word in checks.items() if name != "no-open-run"}


def test_one_plan_for_people(typed: Callable[..., Any]) -> None:
    done = typed("--plan", "same-city-failover")
    assert done.exit_code == 1 and "NO-GO" in done.stdout and "never rehearsed" in done.stdout
    assert "remote-failover" not in done.stdout


def test_an_unknown_plan_is_bad_input(typed: Callable[..., Any]) -> None:
    done = typed("--plan", "moon")
    assert isinstance(done.exception, MedcloudError) and done.exception.code == "input"
