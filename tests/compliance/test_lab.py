"""An audit of the running lab."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.judge import judge, read
from compliance.snapshot import load
from inventory.machines import machines
from inventory.placement import machine_instances

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def folder(xiamen_lab) -> Path:
    """The folder of one audit."""
    return Path(xiamen_lab.json("audit", "run", "xiamen")["file"]).parent


def test_everything_was_read(folder, xiamen):
    snapshot = load((folder / "snapshot.json").read_text())
    assert {(o.kind, o.name): dict(o.unread) for o in snapshot.objects if o.unread and o.kind != "records"} == {}
    assert len(snapshot.of("host")) == len(machines(xiamen)) + len(machine_instances(xiamen))
    assert len(snapshot.of("database")) == 3


def test_at_least_twelve_items_over_hosts_clouds_routers_and_databases_are_decided(folder):
    audit = read((folder / "findings.json").read_text())
    decided = [result for result in audit.items if result.findings and result.verdict.value != "not_checked"]
    assert len(decided) >= 12
    assert {finding.kind for result in decided for finding in result.findings} >= {
        "host",
        "cloud",
        "router",
        "database",
    }
    assert all(proof.raw for result in decided for finding in result.findings for proof in finding.proofs)


def test_the_kept_snapshot_is_judged_the_same_again(folder):
    audit = read((folder / "findings.json").read_text())
    assert judge(load((folder / "snapshot.json").read_text()), audit.judged) == audit


def test_no_secret_is_in_the_snapshot(folder, xiamen_lab):
    text = (folder / "snapshot.json").read_text()
    from inventory.secrets import SecretStore

    passphrase = (xiamen_lab.state_root / "passphrase").read_text().strip()
    values = SecretStore(xiamen_lab.state / "secrets", passphrase).values()
    assert values and not [value for value in values if value in text]
    assert "$y$" not in text and "SCRAM-SHA-256$" not in text and "PRIVATE KEY" not in text
