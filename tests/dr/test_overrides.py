"""A site's own changes to a plan: applied, and every mistake told with file and line before anything moves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dr import overrides, planner
from dr.plan import Acceptance, Plan
from dr.planner import plan_for
from inventory.error import MedcloudError
from inventory.load import load_site
from inventory.model import Site

PLANS = Path(overrides.__file__).parent / "plans"
NAME = "same-city-failover"


def planned(site: Site, folder: Path, text: str) -> Plan:
    (folder / f"{NAME}.yml").write_text(text, encoding="utf-8")
    return plan_for(site, planner.standard_wish(site, NAME), folder)


def refusal(site: Site, folder: Path, text: str) -> str:
    with pytest.raises(MedcloudError) as caught:
        planned(site, folder, text)
    assert caught.value.code == "refused"
    return str(caught.value)


def test_without_a_file_the_plan_is_as_computed(xiamen: Site, tmp_path: Path) -> None:
    assert plan_for(xiamen, planner.standard_wish(xiamen, NAME), tmp_path) == planner.standard(xiamen, NAME)


def test_parameters_order_and_extra_steps_are_taken_over(xiamen: Site, tmp_path: Path) -> None:
    text = """
change:
  detect-outage: { params: { confirm: 3.5 } }
  take-lease-pacs: { after: [move-service-address] }
add:
  - name: tell-the-ward
    step: notify
    params: { text: 切换完成 }
    after: [verify-transactions]
    before: [stop-ledger]
"""
    plan = planned(xiamen, tmp_path, text)
    calls = {call.name: call for call in plan.steps}
    assert calls["detect-outage"].params["confirm"] == 3.5 and calls["detect-outage"].params["centre"]
    assert calls["take-lease-pacs"].after == ("move-service-address",)
    assert "tell-the-ward" in calls["stop-ledger"].after
    order = [call.name for call in plan.steps]
    assert order.index("move-service-address") < order.index("take-lease-pacs") < order.index("tell-the-ward")
    assert plan.hash != planner.standard(xiamen, NAME).hash


def test_an_excluded_system_stays_where_it_is(xiamen: Site, tmp_path: Path) -> None:
    plan = planned(xiamen, tmp_path, "exclude: [pacs]\n")
    assert plan.moved == ("his-database",) and plan.name == NAME
    assert not any("pacs" in call.name for call in plan.steps)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("add:\n  - name: x\n    step: notifi\n", "same-city-failover.yml:3: add.x.step: no drill step `notifi`"),
        ("change:\n\n  detect-outge: {}\n", "yml:3: change.detect-outge: the plan has no call `detect-outge`"),
        ("change:\n  detect-outage:\n    params:\n      patients: 3\n", "yml:4"),
        ("change:\n  detect-outage:\n    params:\n      confirm: soon\n", "yml:4"),
        ("chnage: {}\n", "yml:1: chnage: unknown key `chnage`"),
        ("add:\n  - { name: x, step: notify }\n", "the key `text` is missing"),
        ("add: [\n", "not YAML"),
        ("exclude: [emr]\n", "does not move `emr`"),
        ("exclude: [pacs, his-database]\n", "excludes every system"),
        ("change:\n  strike-centre: { after: [stop-ledger] }\n", "wait for each other"),
        ("add:\n  - { name: strike-centre, step: notify, params: { text: a } }\n", "named strike-centre already"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place(xiamen: Site, tmp_path: Path, text: str, words: str) -> None:
    assert words in refusal(xiamen, tmp_path, text)


@pytest.mark.parametrize("path", sorted(PLANS.glob("*/*.yml")), ids=lambda path: path.stem)
def test_every_override_that_comes_with_medcloud_is_taken(path: Path) -> None:
    site = load_site(path.parent.name)
    wish = replace(planner.standard_wish(site, path.stem), accepted=(Acceptance(what="shedding", by="somebody"),))
    changed = plan_for(site, wish, overrides.folder(site.name, path.parent))
    assert overrides.differences(planner.compute(site, wish), changed)


def test_a_sites_own_folder_of_plans_comes_first(tmp_path: Path) -> None:
    assert overrides.folder("xiamen", tmp_path) == PLANS / "xiamen"
    (tmp_path / "plans").mkdir()
    assert overrides.folder("xiamen", tmp_path) == tmp_path / "plans"
