"""`medcloud audit` on a site that is out of reach, and on a kept snapshot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from compliance.judge import read
from compliance.snapshot import load
from inventory.error import MedcloudError


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command on a site whose hosts and clouds are out of reach."""

    def refuse(*_args, **_kwargs):
        raise MedcloudError("timed out")

    monkeypatch.setattr("stacks.look.evidence", refuse)
    monkeypatch.setattr("monitors.ssh.Ssh.run", refuse)
    words = ["--state-dir", str(tmp_path), "--lab", "no-such-lab", "audit"]
    return lambda *more: CliRunner().invoke(app, [*words, *more], catch_exceptions=False)


def test_a_dead_site_passes_nothing_that_a_machine_must_see(run, tmp_path):
    done = run("run", "xiamen", "--json")
    assert done.exit_code == 0
    shown = json.loads(done.stdout)
    assert sum(shown["counts"].values()) == 257
    [folder] = (tmp_path / "no-such-lab" / "audits").iterdir()
    snapshot = load((folder / "snapshot.json").read_text())
    audit = read((folder / "findings.json").read_text())
    assert audit.snapshot_sha256 == snapshot.sha256 == shown["snapshot_sha256"]
    by_object = [
        f for r in audit.items for f in r.findings if f.kind in ("host", "router", "database", "node", "cloud")
    ]
    assert by_object and {finding.verdict.value for finding in by_object} == {"not_checked"}


def test_collect_says_what_was_not_read(run, tmp_path):
    done = run("collect", "xiamen", "--json")
    shown = json.loads(done.stdout)
    assert ["host/gaodian-node-1", "sshd", "timed out"] in shown["unread"]
    assert len(list((tmp_path / "no-such-lab" / "audits").glob("*/snapshot.json"))) == 1


def test_a_kept_snapshot_is_judged_again_and_a_changed_one_refused(run, tmp_path):
    path = json.loads(run("collect", "xiamen", "--json").stdout)["file"]
    again = run("run", "xiamen", "--snapshot", path)
    assert "符合率 strict" in again.stdout
    text = tmp_path / "changed.json"
    text.write_text(Path(path).read_text().replace("timed out", "all is well"))
    with pytest.raises(MedcloudError, match="was changed"):
        run("run", "xiamen", "--snapshot", str(text))
    with pytest.raises(MedcloudError, match="cannot read"):
        run("run", "xiamen", "--snapshot", str(tmp_path / "none.json"))
