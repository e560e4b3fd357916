from __future__ import annotations

import pytest

from dr import plan, steps
from dr.plan import Plan
from inventory.error import MedcloudError
from inventory.model import Site


def names(found: Plan) -> list[str]:
    return [call.name for call in found.steps]


def test_xiamen_has_a_failover_and_a_way_back(xiamen: Site) -> None:
    assert [(p.name, p.mode, p.source, p.target) for p in plan.available(xiamen)] == [
        ("same-city-failover", "unplanned", "software-park-2", "gaodian"),
        ("production-failback", "failback", "gaodian", "software-park-2"),
    ]


def test_the_failover_fences_before_it_promotes_and_promotes_before_it_moves(xiamen: Site) -> None:
    order = names(plan.compute(xiamen, "same-city-failover"))
    wanted = [
        "start-ledger",
        "strike-centre",
        "detect-outage",
        "fence-centre",
        "take-lease-his-database",
        "promote-database",
        "move-service-address",
        "take-lease-pacs",
        "switch-pacs",
        "verify-transactions",
        "measure-before-healing",
        "heal-centre",
        "release-centre",
        "rejoin-database",
        "copy-images",
        "lift-fence",
        "measure-after-healing",
        "stop-ledger",
    ]
    assert order == wanted


def test_the_failback_hands_over_and_strikes_nothing(xiamen: Site) -> None:
    order = names(plan.compute(xiamen, "production-failback"))
    assert order == [
        "start-ledger",
        "copy-images",
        "take-lease-his-database",
        "switchover-database",
        "move-service-address",
        "take-lease-pacs",
        "switch-pacs",
        "verify-transactions",
        "measure",
        "stop-ledger",
    ]


def test_every_call_waits_for_the_one_before_and_its_parameters_are_valid(xiamen: Site) -> None:
    for found in plan.available(xiamen):
        for earlier, call in zip(found.steps, found.steps[1:], strict=False):
            assert call.after == (earlier.name,)
        for call in found.steps:
            steps.find(call.step).Params.model_validate(call.params)


def test_protected_systems_that_are_only_counted_are_named(xiamen: Site) -> None:
    found = plan.compute(xiamen, "same-city-failover")
    assert found.moved == ("his-database", "pacs") and "emr" in found.left_out
    assert not set(found.moved) & set(found.left_out)


def test_the_hash_follows_the_content(xiamen: Site) -> None:
    found = plan.compute(xiamen, "same-city-failover")
    assert found.hash == plan.compute(xiamen, "same-city-failover").hash
    assert found.hash != found.model_copy(update={"target": "fuzhou"}).hash
    edited = xiamen.model_copy(update={"source": "edited"})
    assert plan.model_hash(edited) != plan.model_hash(xiamen)


def test_a_plan_survives_the_way_through_json(xiamen: Site) -> None:
    found = plan.compute(xiamen, "same-city-failover")
    assert Plan.model_validate_json(found.model_dump_json()) == found
    assert Site.model_validate_json(xiamen.model_dump_json()) == xiamen


def test_an_unknown_plan_is_refused_with_the_known_ones(xiamen: Site) -> None:
    with pytest.raises(MedcloudError, match="same-city-failover") as caught:
        plan.compute(xiamen, "moon-failover")
    assert caught.value.code == "input"


def test_a_site_without_a_same_city_centre_has_no_plan(xiamen: Site) -> None:
    alone = xiamen.model_copy(update={"centres": tuple(c for c in xiamen.centres if c.role != "same-city-dr")})
    assert plan.available(alone) == ()
