from __future__ import annotations

import pytest

from dr import plan, planner
from dr.plan import Plan
from inventory.error import MedcloudError
from inventory.model import Site


def test_the_hash_follows_the_content(xiamen: Site) -> None:
    found = planner.standard(xiamen, "same-city-failover")
    assert found.hash == planner.standard(xiamen, "same-city-failover").hash
    assert found.hash != found.model_copy(update={"target": "fuzhou"}).hash
    edited = xiamen.model_copy(update={"source": "edited"})
    assert plan.model_hash(edited) != plan.model_hash(xiamen)


def test_a_plan_survives_the_way_through_json(xiamen: Site) -> None:
    for found in planner.available(xiamen):
        assert Plan.model_validate_json(found.model_dump_json()) == found
    assert Site.model_validate_json(xiamen.model_dump_json()) == xiamen


def test_protected_systems_that_are_only_counted_are_named(xiamen: Site) -> None:
    found = planner.standard(xiamen, "same-city-failover")
    assert found.moved == ("his-database", "pacs") and "emr" in found.left_out
    assert not set(found.moved) & set(found.left_out)


def test_an_unknown_plan_is_refused_with_the_nearest_and_the_known_ones(xiamen: Site) -> None:
    with pytest.raises(MedcloudError, match="same-city-failover") as caught:
        planner.standard(xiamen, "same-city-failovr")
    assert caught.value.code == "input" and "did you mean `same-city-failover`?" in caught.value.hint


def test_a_site_with_one_centre_or_no_database_has_no_plan(xiamen: Site) -> None:
    alone = xiamen.model_copy(update={"centres": tuple(c for c in xiamen.centres if c.role == "production")})
    without = xiamen.model_copy(update={"systems": tuple(s for s in xiamen.systems if s.name != "his-database")})
    assert planner.available(alone) == () and planner.available(without) == ()
