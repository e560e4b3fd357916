from __future__ import annotations

import pytest

from inventory.machines import Wire
from inventory.machines.access import variables
from inventory.model import Site
from tests.inventory.machines.campus import of_kind, shaped


@pytest.mark.parametrize("edges", [1, 2])
def test_a_switch_has_one_uplink_to_every_edge(xiamen: Site, edges: int) -> None:
    site = shaped(xiamen, edges, 2)
    at_edges = [i.network for m in of_kind(site, "edge") for i in m.interfaces if i.network.startswith("uplink-")]
    at_switches = [i.network for m in of_kind(site, "access") for i in m.interfaces if i.wire is Wire.CABLE]
    assert sorted(at_edges) == sorted(at_switches) and len(set(at_switches)) == 2 * edges
    assert all(len(name) <= 15 for name in at_switches)


def test_its_ports_have_no_address(xiamen: Site) -> None:
    first, _ = of_kind(shaped(xiamen, 2, 2), "access")
    assert variables(xiamen, first) == {"switch_ports": ["eth1", "uplink-61-1-1", "uplink-61-1-2"]}
    assert {i.name for i in first.interfaces if i.address} == {"eth0"}


def test_a_campus_may_have_none(xiamen: Site) -> None:
    assert of_kind(shaped(xiamen, 1, 0), "access") == []
