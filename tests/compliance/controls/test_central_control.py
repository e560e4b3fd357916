"""The controls of central control on literal facts."""

import pytest

from compliance.judge import found_controls
from compliance.snapshot import Evidence


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_only_network_devices_are_asked_for_their_management_path(find):
    listening = {"listening": "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\ntcp LISTEN 0 3 127.0.0.1:2605 0.0.0.0:*"}
    assert find("L3-SMC1-08", "host", listening) == []
    [finding] = find("L3-SMC1-08", "host", listening, role="router")
    assert finding.verdict == "conform"
    [finding] = find("L3-SMC1-08", "host", {"listening": "tcp LISTEN 0 3 0.0.0.0:2605 0.0.0.0:*"}, role="edge")
    assert finding.verdict == "partial"


def test_a_host_whose_records_do_not_arrive_is_named(build):
    taken = 1795327200  # the snapshot's moment
    hosts = [Evidence(name, "host", "gaodian", "node", {}, {}) for name in ("loud", "silent", "gone")]
    log = (
        f"module(load=imtcp)\nremoved after 184 days ago\nreceived loud {taken - 60}\nreceived silent {taken - 100000}"
    )
    keeper = Evidence("keeper", "host", "gaodian", "keeper", {"log_server": f"{log}\nreceived keeper {taken}"}, {})
    findings = found_controls()["L3-SMC1-10"](build(keeper, *hosts))
    proof, held = [p for f in findings for p in f.proofs if p.section == "log_server" and p.met is not None]
    assert held.met is True and "184" in held.raw
    assert proof.met is False and "gone: nothing" in proof.raw and "silent: 2026-11-21" in proof.raw
    assert "loud" not in proof.raw


@pytest.mark.parametrize(("days", "met"), [(184, True), (400, True), (90, False)])
def test_a_log_server_keeps_records_as_long_as_the_baseline_asks(build, days, met):
    taken = 1795327200
    log = f"module(load=imtcp)\nremoved after {days} days ago\nreceived keeper {taken}"
    keeper = Evidence("keeper", "host", "gaodian", "keeper", {"log_server": log}, {})
    findings = found_controls()["L3-SMC1-10"](build(keeper))
    assert [p.met for f in findings for p in f.proofs if p.raw.startswith("removed")] == [met]
