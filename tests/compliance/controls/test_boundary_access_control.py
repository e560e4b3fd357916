"""The controls of access at the boundary on literal facts."""

from pathlib import Path

from compliance.controls.boundary_access_control import chains
from monitors.reading import sections_of

CAPTURED = Path(__file__).parents[2] / "monitors" / "captured" / "evidence-router.txt"


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_braces_inside_a_rule_do_not_end_its_chain():
    text = sections_of(CAPTURED.read_text())["router.nftables"].text
    [rules], [forward] = chains(text, "input"), chains(text, "forward")
    assert sum(rule.endswith("accept") for rule in rules) == 17
    assert rules[-1].startswith("counter packets")
    assert sum("tcp dport" in rule or "tcp sport" in rule for rule in forward) == 14
