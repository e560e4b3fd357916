"""A router: its outside address, no NAT, exactly the wanted subnets."""

from __future__ import annotations

import pytest

from inventory.error import MedcloudError
from stacks.spec import load
from tests.stacks.bench import Bench


def test_router_follows_its_subnets(bench: Bench) -> None:
    project_id = bench.project()
    subnets = [bench.zone(project_id, number)[1] for number in (1, 2)]
    wish = bench.router(project_id, subnets)
    router_id, state = bench.create("router", **wish)
    assert load("router").changes(state, wish) == [] and state["snat"] is False
    less = wish | {"subnet_ids": subnets[:1]}
    assert bench.update("router", router_id, state, less)["subnet_ids"] == subnets[:1]
    assert load("router").changes(bench.read("router", router_id, state) or {}, less) == []


def test_a_missing_provider_network_is_said(bench: Bench) -> None:
    project_id = bench.project()
    with pytest.raises(MedcloudError, match="no provider network 'nowhere'"):
        bench.create("router", **bench.router(project_id, []) | {"external_network": "nowhere"})
