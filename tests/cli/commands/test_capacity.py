"""`medcloud capacity` where no cloud answers."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from inventory.error import MedcloudError


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command on a site whose clouds are out of reach; nothing of this machine is touched."""

    def refuse(access):
        raise MedcloudError(f"cloud at {access.auth_url}: refused")

    monkeypatch.setattr("stacks.look.look", refuse)
    words = ["--state-dir", str(tmp_path), "--lab", "no-such-lab", "capacity", "xiamen"]
    return lambda *more: CliRunner().invoke(app, [*words, *more], catch_exceptions=False)


def test_the_result_is_kept_and_printed_as_json(run, tmp_path):
    done = run("--json")
    assert done.exit_code == 0
    shown = json.loads(done.stdout)
    [kept] = (tmp_path / "no-such-lab" / "capacity").glob("*.json")
    assert json.loads(kept.read_text()) == shown
    production = shown["centres"][0]
    assert production["unread"]["why"] == "cloud at http://10.88.1.11:5000/v3: refused"
    assert production["compute"][0]["committed_vcpus"] == 268
    assert production["compute"][0]["used_vcpus"] is None


def test_people_are_told_what_was_not_read_and_what_would_be_shed(run):
    done = run()
    assert "cloud not read" in done.stdout
    assert "not read" in done.stdout
    assert "would be shed" in done.stdout
