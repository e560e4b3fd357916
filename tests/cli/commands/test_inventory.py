"""`medcloud inventory` prints what Ansible reads."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from cli.main import app


def test_groups_and_hosts_of_the_lab(tmp_path) -> None:
    done = CliRunner().invoke(app, ["--state-dir", str(tmp_path), "inventory", "xiamen"], catch_exceptions=False)
    everything = json.loads(done.stdout)["all"]
    members = {group: sorted(found["hosts"]) for group, found in everything["children"].items()}
    assert members["edges"] == ["main-hospital-edge-1", "main-hospital-edge-2", "tcm-hospital-edge-1"]
    assert len(members["nodes"]) == 4 and len(members["databases"]) == 3 and len(members["pacs"]) == 2
    assert {host for hosts in members.values() for host in hosts} == set(everything["hosts"])
    assert everything["hosts"]["gaodian-node-1"]["ansible_host"] == "10.88.2.11"
