"""Snapshots from literal facts, and the verdict of one control on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from compliance.finding import Finding, Verdict
from compliance.judge import found_controls
from compliance.snapshot import Evidence, Snapshot, freeze
from inventory.baseline import Baseline
from inventory.model import Site

TAKEN = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
Build = Callable[..., Snapshot]
Find = Callable[..., list[Finding]]


@pytest.fixture
def build(xiamen: Site) -> Build:
    """Evidence → a snapshot that holds it and the Xiamen model."""

    def make(*objects: Evidence) -> Snapshot:
        model = Evidence("xiamen", "site", "", "model", {"model": xiamen.model_dump_json()}, {})
        return freeze("xiamen", TAKEN, (model, *objects))

    return make


@pytest.fixture
def find(build: Build) -> Find:
    """(item, kind, sections) → the control's findings for one object with these sections, nothing else read."""

    def look(
        item: str,
        kind: str,
        sections: Mapping[str, str],
        role: str = "node",
        place: str = "software-park-2",
    ) -> list[Finding]:
        objects = [] if kind == "site" else [Evidence("it", kind, place, role, sections, {})]
        return list(found_controls()[item](build(*objects)))

    return look


@pytest.fixture
def verdict_of(xiamen: Site) -> Callable[[Mapping[str, Any]], Verdict]:
    """A case of `controls/cases` → the verdict on the object `it` (on the site where nothing of the kind is anywhere).

    `role`, `place` and `baseline` of a case replace node, software-park-2 and the blueprint's own baseline (whose
    people never count: a case names its own), `without` names lists of the model that are emptied.
    """

    def look(case: Mapping[str, Any]) -> Verdict:
        changed = xiamen.baseline.model_dump() | {"people": ()} | case.get("baseline", {})
        site = xiamen.model_copy(update={"baseline": Baseline.model_validate(changed)})
        site = site.model_copy(update={key: () for key in case.get("without", ())})
        model = Evidence(site.name, "site", "", "model", {"model": site.model_dump_json()}, {})
        place, role = case.get("place", "software-park-2"), case.get("role", "node")
        mine = Evidence("it", case["kind"], place, role, case.get("sections", {}), {})
        objects = [] if case["kind"] == "site" else [mine]
        found = list(found_controls()[case["item"]](freeze(site.name, TAKEN, (model, *objects))))
        mine = [f for f in found if f.object == "it" and any(proof.met is not None for proof in f.proofs)]
        wanted = mine or [f for f in found if f.object == site.name] or found
        return max(wanted, key=lambda finding: sum(proof.met is not None for proof in finding.proofs)).verdict

    return look


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A control's twin test runs once per case of `controls/cases/<control_point>.yaml`."""
    if "case" in metafunc.fixturenames:
        name = Path(str(metafunc.module.__file__)).stem.removeprefix("test_")
        path = Path(__file__).parent / "controls" / "cases" / f"{name}.yaml"
        cases = yaml.safe_load(path.read_text(encoding="utf-8"))
        metafunc.parametrize("case", cases, ids=[f"{case['item']}-{case['kind']}-{case['verdict']}" for case in cases])
