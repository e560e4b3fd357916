"""The published table of items is current, and every test it names is there and tests that item."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from compliance.catalogue import load
from compliance.items import PUBLISHED, lab_items, text
from compliance.judge import control_files

TEXT = text(lab_items())
CASES = Path(__file__).parent / "controls" / "cases"


def test_the_published_table_is_current():
    assert PUBLISHED.read_text(encoding="utf-8") == TEXT, "run: python -m compliance.items"


def test_it_has_every_item_once_and_its_links_lead_somewhere():
    found = re.findall(r"^\| (L3-\S+) ", TEXT, re.MULTILINE)
    assert sorted(found) == sorted(item.id for item in load())
    for link in set(re.findall(r"\]\(([^)]+)\)", TEXT)):
        assert (PUBLISHED.parent / link).exists(), link


@pytest.mark.parametrize("name", sorted(control_files()))
def test_every_item_has_a_case_that_conforms_and_one_that_fails(name):
    """By literal facts in its cases, or by name in the twin test."""
    cases = (
        yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
        if (CASES / f"{name}.yaml").exists()
        else []
    )
    twin = (CASES.parent / f"test_{name}.py").read_text(encoding="utf-8")
    for item in control_files()[name]:
        verdicts = {case["verdict"] for case in cases if case["item"] == item}
        by_hand = item in twin
        assert by_hand or "conform" in verdicts, f"{item}: no case conforms"
        assert by_hand or verdicts & {"partial", "nonconform"}, f"{item}: no case fails"
