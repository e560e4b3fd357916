"""The demo's closing table says what the steps' results say, and what was not measured."""

from __future__ import annotations

from typing import Any

from cli.closing import closing_rows
from cli.commands.demo import STEPS


def results() -> dict[str, Any]:
    system = {
        "system": "his-database", "rto_seconds": 6.6, "declared_rto_seconds": 600.0, "acknowledged": 1728,
        "missing_before_healing": 0, "missing_after_healing": 3, "doubled": None,
    }  # fmt: skip
    drill = {"plan": "same-city-failover", "source": "a", "target": "b", "verdict": "missed", "seconds": 34.0,
             "run_id": "r1", "systems": [system]}  # fmt: skip
    pool = {"workload": "virtual", "used_vcpus": None, "committed_vcpus": 268, "vcpus": 448.0,
            "headroom_vcpus": 68.0, "spare_hosts": 1}  # fmt: skip
    return {
        "apply": {"changed": 7, "centres": [
            {"centre": "a", "resources": {"server": 71, "network": 9}, "machines": ["x", "y"], "counted": 69}]},
        "plan": {"changes": []},
        "link drill": {"link": "mh-sp2-telecom", "gap_ms": 76.2},
        "drill same-city-failover": drill,
        "drill production-failback": drill | {"plan": "production-failback", "systems": []},
        "capacity": {"centres": [{"centre": "a", "compute": [pool]}]},
        "audit run": {"counts": {"conform": 18, "not_checked": 203}},
        "report": {"files": ["/r/report.zh.pdf", "/r/systems.csv"]},
    }  # fmt: skip


def test_every_figure_comes_from_the_results() -> None:
    rows = dict(closing_rows(results()))
    assert rows["cloud a"] == "80 resources; 2 real machines, 69 counted (Nova's fake driver)"
    assert rows["line cut mh-sp2-telecom: packet gap"] == "76 ms"
    assert rows["  his-database: RTO as the ward sees it"] == "6.6 s (declared 600 s)"
    assert rows["same-city-failover (a → b)"].startswith("missed")
    assert rows["MLPS level 3 self-check (等保自查)"] == "18 conform, 203 not_checked"
    assert rows["report"] == "/r/report.zh.pdf"


def test_what_was_not_measured_says_so() -> None:
    rows = dict(closing_rows(results()))
    assert rows["  his-database: RPO, rows lost of 1728 acknowledged"] == (
        "0 before healing, 3 after healing, not measured doubled"
    )
    assert rows["capacity a virtual"].startswith("not measured used, 268 committed")


def test_a_demo_fails_over_and_comes_back() -> None:
    drills = [step[-1] for step in STEPS if step[:2] == ("drill", "run")]
    assert drills == ["same-city-failover", "production-failback"]
