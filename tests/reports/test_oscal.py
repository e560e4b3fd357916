"""OSCAL files fit the schema (compliance-trestle), say every verdict, and lead from each to its evidence."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from pydantic import ValidationError
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.catalog import Catalog
from trestle.oscal.component import ComponentDefinition
from trestle.oscal.poam import PlanOfActionAndMilestones

from reports import oscal

MODELS = {
    "catalog.json": Catalog,
    "component-definition.json": ComponentDefinition,
    "assessment-results.json": AssessmentResults,
    "poam.json": PlanOfActionAndMilestones,
}


@pytest.fixture(scope="module")
def written(judged, tmp_path_factory):
    """The audit's OSCAL files on disk."""
    folder = tmp_path_factory.mktemp("oscal")
    for name, text in oscal.documents(judged).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", MODELS)
def test_trestle_reads_and_validates_the_file(written, name):
    assert MODELS[name].oscal_read(written / name) is not None


def test_the_catalogue_has_all_items(written):
    layers = json.loads((written / "catalog.json").read_text())["catalog"]["groups"]
    controls = [control["id"] for layer in layers for point in layer["groups"] for control in point["controls"]]
    assert len(controls) == len(set(controls)) == 257
    points = [point["id"] for layer in layers for point in layer["groups"]]
    assert len(points) == len(set(points))


def test_every_item_has_a_finding_whose_observations_exist_and_point_at_evidence(written, judged):
    [result] = json.loads((written / "assessment-results.json").read_text())["assessment-results"]["results"]
    assert len(result["findings"]) == len(judged.items)
    seen = [observation["uuid"] for observation in result["observations"]]
    assert len(seen) == len(set(seen)) == sum(len(item.findings) for item in judged.items)
    named = [r["observation-uuid"] for f in result["findings"] for r in f.get("related-observations", ())]
    assert set(named) == set(seen)
    verdicts = Counter(p["value"] for f in result["findings"] for p in f["props"] if p["name"] == "verdict")
    assert verdicts == {verdict.value: count for verdict, count in judged.counts.items() if count}
    unchecked = [f for f in result["findings"] if f["props"][0]["value"] == "not_checked"]
    assert {f["target"]["status"]["state"] for f in unchecked} == {"not-satisfied"}
    evidence = [e for o in result["observations"] for e in o["relevant-evidence"]]
    assert evidence and all(e["href"].startswith("snapshot.json#") for e in evidence)


def test_it_says_that_it_is_a_self_check_and_is_the_same_each_time(written, judged):
    again = oscal.documents(judged)
    for name in MODELS:
        assert "自查" in again[name]
        assert again[name] == (written / name).read_text()


def test_what_does_not_fit_the_schema_is_never_written(judged):
    with pytest.raises(ValidationError):
        oscal.documents(replace(judged, taken=judged.taken.replace(tzinfo=None)))
