"""Backups and a restore to a point in time on the Xiamen lab; production goes on meanwhile."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

import pytest

from inventory.machines import machines
from tests.conftest import ProvisionedLab

pytestmark = pytest.mark.lab
HIS, REPOSITORY = "his-database", "fuzhou-repository-1"


def on_repository(lab: ProvisionedLab, command: str) -> subprocess.CompletedProcess[str]:
    ssh = lab.state / "ssh"
    address = next(str(m.management.ip) for m in machines(lab.site) if m.name == REPOSITORY)
    options = ["BatchMode=yes", "LogLevel=ERROR", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={ssh}/known_hosts"]
    words = [word for option in options for word in ("-o", option)]
    return lab.on_ops("ssh", *words, "-i", f"{ssh}/id_ed25519", f"root@{address}", command)


def backed_up(lab: ProvisionedLab) -> dict[str, Any]:
    """What the repository says, once its first backup was taken and read again (it began with the last apply)."""
    deadline = time.monotonic() + 120
    while True:
        done = on_repository(lab, f"/usr/local/sbin/medcloud-backup status {HIS}")
        state = json.loads(done.stdout)[HIS] if done.returncode == 0 else {}
        if state.get("verified"):
            return dict(state)
        assert time.monotonic() < deadline, f"no verified backup: {done.stdout} {done.stderr}"
        time.sleep(1)


def test_a_past_moment_is_brought_back_beside_production(xiamen_lab: ProvisionedLab) -> None:
    state = backed_up(xiamen_lab)
    assert state["verified"]["ok"] and state["info"]["cipher"] == "aes-256-cbc"
    result = xiamen_lab.json("drill", "run", "xiamen", f"restore-{HIS}")
    assert result["verdict"] == "met", result
    found = next(step["evidence"] for step in result["steps"] if step["name"] == "restore-database")
    assert found["identical"] and found["rows"] == found["rows_in_production"] > 0
    assert found["rows_after_the_moment"] == 0 < found["rows_after_the_moment_in_production"]
    assert found["backup"] == state["info"]["backup"][-1]["label"] and found["repository"] == REPOSITORY
    left = on_repository(
        xiamen_lab, "ls /var/lib/medcloud/restored; systemctl list-units 'medcloud-restored-*' --no-legend"
    )
    assert left.stdout.strip() == "", "the copy is gone"
    duties = xiamen_lab.json("drill", "calendar", "xiamen")["duties"]
    duty = next(d for d in duties if (d["kind"], d["subject"]) == ("restore-test", HIS))
    assert (duty["state"], duty["run"]) == ("done", result["run_id"])
    plans = xiamen_lab.json("readiness", "xiamen", exit_code=None)["plans"]
    words = {check["name"]: check["word"] for check in plans[0]["checks"]}
    assert (words[f"backup of {HIS}"], words[f"restore of {HIS}"]) == ("go", "go")


def test_a_damaged_backup_is_found_and_said_in_one_sentence(xiamen_lab: ProvisionedLab) -> None:
    backed_up(xiamen_lab)
    listed = on_repository(xiamen_lab, f"ls -S /var/lib/pgbackrest/backup/{HIS}/*F/pg_data/base/*/*.zst | head -n 1")
    path = listed.stdout.strip()
    words = ("--path", path, "--block", "0", "--block-size", "512")
    xiamen_lab.run("lab", "corrupt", "xiamen", REPOSITORY, *words)
    try:
        found = on_repository(xiamen_lab, f"medcloud-backup verify {HIS}")
        assert found.returncode == 1 and "1 damaged in the repository" in found.stderr
        assert path.split(f"{HIS}/")[1] in found.stderr and len(found.stderr.strip().splitlines()) == 1
    finally:
        xiamen_lab.run("lab", "heal", "xiamen")
    assert on_repository(xiamen_lab, f"medcloud-backup verify {HIS}").returncode == 0
