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
    assert "Platform and systems" in again.stdout
    text = tmp_path / "changed.json"
    text.write_text(Path(path).read_text().replace("timed out", "all is well"))
    with pytest.raises(MedcloudError, match="was changed"):
        run("run", "xiamen", "--snapshot", str(text))
    with pytest.raises(MedcloudError, match="cannot read"):
        run("run", "xiamen", "--snapshot", str(tmp_path / "none.json"))


def test_a_sealed_snapshot_is_judged_and_a_changed_bundle_refused(run, tmp_path):
    folder = Path(json.loads(run("collect", "xiamen", "--json").stdout)["file"]).parent
    words = [
        "--state-dir",
        str(tmp_path),
        "--lab",
        "no-such-lab",
        "evidence",
        "export",
        "xiamen",
        folder.name,
        "--json",
    ]
    bundle = Path(json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout)["file"])
    done = run("run", "xiamen", "--snapshot", str(bundle), "--json")
    assert sum(json.loads(done.stdout)["counts"].values()) == 257
    raw = bundle.read_bytes()
    bundle.write_bytes(raw.replace(b"timed out", b"Timed out", 1))
    with pytest.raises(MedcloudError, match="not what was sealed"):
        run("run", "xiamen", "--snapshot", str(bundle))


def test_fix_names_what_roles_enforce_when_none_does(run):
    with pytest.raises(MedcloudError, match="no role enforces L3-PES1-01") as caught:
        run("fix", "xiamen", "--item", "L3-PES1-01")
    assert "L3-CES1-02" in caught.value.hint


def test_fix_runs_the_tagged_tasks_of_the_roles_that_enforce_the_item(run, monkeypatch):
    from playbooks.runner import HostStats, PlayResult

    asked = []

    def play(_context, playbook, _say, **options):
        asked.append((playbook, options))
        return PlayResult(playbook, {"edge": HostStats(ok=2, changed=1)}, (), 0.1)

    monkeypatch.setattr("cli.phases.play", play)
    done = run("fix", "xiamen", "--item", "L3-ABS1-05", "--check", "--json")
    assert done.exit_code == 2
    assert asked == [("routers-configure", {"tags": "L3-ABS1-05", "check": True, "limit": None})]
    assert json.loads(done.stdout)["hosts"] == [
        {"playbook": "routers-configure", "host": "edge", "ok": 2, "changed": 1}
    ]
