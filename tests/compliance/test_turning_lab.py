"""Break the real thing, see the verdict turn, `audit fix` it and see it turn back (`lab_cases.yaml`).

All cases of a host are broken in one go and fixed in one go, so that each host is looked at three times in all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.context import Settings, join_site, open_site
from cli.looking import shell_of
from compliance.finding import Finding
from compliance.judge import found_controls, judge
from compliance.snapshot import Evidence, freeze
from inventory.machines import machines
from inventory.model import Site, Software
from inventory.placement import machine_instances
from monitors import evidence
from monitors.ssh import Ssh
from tests.conftest import ProvisionedLab

pytestmark = pytest.mark.lab
CASES: dict[str, list[dict[str, str]]] = yaml.safe_load((Path(__file__).parent / "lab_cases.yaml").read_text("utf-8"))
PSQL = "runuser -u postgres -- psql -XAtq -c"
State = dict[tuple[str, str], Finding]


@pytest.fixture(scope="module")
def shell(xiamen_lab) -> Iterator[Ssh]:
    """The door to the lab's hosts, from the operators' network; this process goes back to its own afterwards."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    context = join_site(Settings(xiamen_lab.state_root, Path(), xiamen_lab.name, None), xiamen_lab.site.name)
    try:
        with shell_of(context) as door:
            yield door
    finally:
        from cli.context import enter_network

        enter_network(here)
        os.close(here)


def _bare(site: Site, kind: str) -> tuple[str, str]:
    """The first bare machine of that kind: (name, address)."""
    return next((m.name, str(m.management.ip)) for m in machines(site) if m.kind == kind)


def _primary(site: Site, shell: Ssh) -> tuple[str, str]:
    """The database that takes writes."""
    members = [i for i in machine_instances(site) if i.system.software is Software.POSTGRESQL]
    asked = "select pg_is_in_recovery()"
    standby = {i.name: shell.run(str(i.address), f"{PSQL} '{asked}'").stdout.strip() for i in members}
    return next((i.name, str(i.address)) for i in members if standby[i.name] == "f")


@pytest.fixture(scope="module")
def turns(xiamen_lab, shell) -> Callable[[str], list[State]]:
    """Role of the host → its findings before, while broken, and mended; each host is broken once."""
    site = xiamen_lab.site
    found: dict[str, list[State]] = {}

    def of(role: str) -> list[State]:
        if role not in found:
            kind = {"ward": "workstation", "edge": "edge", "keeper": "keeper"}.get(role)
            host = _bare(site, kind) if kind else _primary(site, shell)
            found[role] = _turned(xiamen_lab, shell, *host, CASES[role])
        return found[role]

    return of


def _turned(lab: ProvisionedLab, shell: Ssh, name: str, address: str, cases: list[dict[str, str]]) -> list[State]:
    site = lab.site
    place = next((m.place for m in machines(site) if m.name == name), "")
    asn = next((str(p.asn) for p in (*site.centres, *site.campuses) if p.name == place), "")
    words = {"asn": asn, "psql": PSQL}
    _all(shell, address, "first", cases, words)
    before = _findings(site, shell, name, cases)
    try:
        _all(shell, address, "break", cases, words)
        broken = _findings(site, shell, name, cases)
    finally:
        _all(shell, address, "mend", cases, words)
        items = sorted({case["item"] for case in cases if "mend" not in case})
        if items:
            lab.run("audit", "fix", site.name, "--host", name, *(word for item in items for word in ("--item", item)))
    mended = _findings(site, shell, name, cases)
    _all(shell, address, "last", cases, words)
    return [before, broken, mended]


def _all(shell: Ssh, address: str, what: str, cases: list[dict[str, str]], words: dict[str, str]) -> None:
    for case in cases:
        if what in case:
            _do(shell, address, case[what], words)


def _do(shell: Ssh, address: str, command: str, words: dict[str, str]) -> None:
    for key, value in words.items():
        command = command.replace(f"{{{key}}}", value)
    done = shell.run(address, command)
    assert done.exit == 0, f"{command}: {done.stdout}{done.stderr}"


def _findings(site: Site, shell: Ssh, name: str, cases: list[dict[str, str]]) -> State:
    """(item, section) → the finding of this host whose proofs hold that section."""
    from datetime import UTC, datetime

    seen = [
        Evidence(e.name, e.kind, e.place, e.role, e.sections, e.unread) for e in evidence.of_host(site, shell, name)
    ]
    model = Evidence(site.name, "site", "", "model", {"model": site.model_dump_json()}, {})
    snapshot, found = freeze(site.name, datetime.now(UTC), [model, *seen]), {}
    for case in cases:
        mine = [f for f in found_controls()[case["item"]](snapshot) if f.object == name]
        [found[case["item"], case["section"]]] = [f for f in mine if _proofs(f, case["section"])]
    return found


def _proofs(finding: Finding, section: str) -> list[Any]:
    return [proof for proof in finding.proofs if proof.section == section]


@pytest.mark.parametrize(
    ("role", "item", "section"),
    [(role, case["item"], case["section"]) for role, cases in CASES.items() for case in cases],
)
def test_the_verdict_turns_and_turns_back(turns, role, item, section):
    before, broken, mended = (state[item, section] for state in turns(role))
    assert all(proof.met is not None for proof in _proofs(broken, section))
    lost = [p for p, q in zip(_proofs(before, section), _proofs(broken, section), strict=True) if p.met and not q.met]
    assert lost, _proofs(broken, section)
    assert broken.verdict.value in ("partial", "nonconform")
    assert [p.met for p in _proofs(mended, section)] == [p.met for p in _proofs(before, section)]
    assert mended.verdict is before.verdict


def test_a_rule_open_to_all_is_seen_in_the_cloud(xiamen_lab, shell):
    """A security group that lets SSH in from anywhere: L3-CES1-19 and L3-ABS2-02 turn and turn back."""
    from cli.access import cloud_access
    from stacks.clouds import connector

    context = open_site(Settings(xiamen_lab.state_root, Path(), xiamen_lab.name, None), xiamen_lab.site.name)
    centre = xiamen_lab.site.centres[0].name
    access = cloud_access(context, centre)
    network = connector(access)(None).network
    before = _cloud_verdicts(xiamen_lab.site, centre, access)
    group = next(iter(network.security_groups()))
    rule = network.create_security_group_rule(
        security_group_id=group.id, direction="ingress", protocol="tcp", port_range_min=22, port_range_max=22,
        remote_ip_prefix="0.0.0.0/0",
    )  # fmt: skip
    try:
        broken = _cloud_verdicts(xiamen_lab.site, centre, access)
    finally:
        network.delete_security_group_rule(rule)
    assert before == {"L3-CES1-19": "conform", "L3-ABS2-02": "conform"}
    assert broken == {"L3-CES1-19": "nonconform", "L3-ABS2-02": "nonconform"}
    assert _cloud_verdicts(xiamen_lab.site, centre, access) == before


def _cloud_verdicts(site: Site, centre: str, access: Any) -> dict[str, str]:
    from datetime import UTC, datetime

    from stacks import look

    rules = json.dumps(look.evidence(access)["security_group_rules"])
    model = Evidence(site.name, "site", "", "model", {"model": site.model_dump_json()}, {})
    cloud = Evidence(centre, "cloud", centre, "openstack", {"security_group_rules": rules}, {})
    snapshot = freeze(site.name, datetime.now(UTC), [model, cloud])
    items = ("L3-CES1-19", "L3-ABS2-02")
    return {item: f.verdict.value for item in items for f in found_controls()[item](snapshot) if f.kind == "cloud"}


def test_a_host_out_of_reach_is_not_checked_and_the_others_are_judged(xiamen_lab, shell):
    """L3-CES1-05 with the road to the ward's workstation taken away in the operators' network."""
    from datetime import UTC, datetime

    site = xiamen_lab.site
    (ward, address), (edge, _) = _bare(site, "workstation"), _bare(site, "edge")
    road = ("ip", "route", "add", "blackhole", f"{address}/32")
    assert xiamen_lab.on_ops(*road).returncode == 0
    try:
        with shell_of(join_site(Settings(xiamen_lab.state_root, Path(), xiamen_lab.name, None), site.name)) as fresh:
            seen = [*evidence.of_host(site, fresh, ward), *evidence.of_host(site, fresh, edge)]
    finally:
        xiamen_lab.on_ops("ip", "route", "del", "blackhole", f"{address}/32")
    model = Evidence(site.name, "site", "", "model", {"model": site.model_dump_json()}, {})
    audit = judge(freeze(site.name, datetime.now(UTC), [model, *seen]), datetime.now(UTC).date())
    [result] = [result for result in audit.items if result.item.id == "L3-CES1-05"]
    verdicts = {finding.object: finding for finding in result.findings}
    assert verdicts[ward].verdict == "not_checked" and ward in verdicts[ward].proofs[0].raw + verdicts[ward].object
    assert verdicts[edge].verdict == "conform"
    assert result.verdict == "not_checked"


def test_fix_mends_exactly_what_was_broken(xiamen_lab, shell):
    """`audit fix` on one machine: told by --check, mended, then nothing is left to do."""
    name, address = _bare(xiamen_lab.site, "workstation")
    words = ("audit", "fix", xiamen_lab.site.name, "--item", "L3-CES1-02", "--host", name)
    _do(shell, address, "sed -i 's/^deny = .*/deny = 99/' /etc/security/faillock.conf", {})
    told = xiamen_lab.json(*words, "--check", exit_code=2)
    assert [(host["host"], host["changed"]) for host in told["hosts"]] == [(name, 1)]
    assert "deny = 99" in shell.run(address, "cat /etc/security/faillock.conf").stdout, "--check changed something"
    assert [host["changed"] for host in xiamen_lab.json(*words)["hosts"]] == [1]
    assert [host["changed"] for host in xiamen_lab.json(*words, "--check")["hosts"]] == [0]
