from __future__ import annotations

import pytest

from inventory.machines import Wire
from inventory.machines.edge import variables
from inventory.model import Site
from tests.inventory.machines.campus import of_kind, shaped


@pytest.mark.parametrize(("edges", "access"), [(1, 0), (1, 1), (2, 0), (2, 2), (2, 3)])
def test_every_line_of_the_campus_ends_at_exactly_one_edge(xiamen: Site, edges: int, access: int) -> None:
    assert xiamen.lab is not None
    standing = (*xiamen.lab.centres, *xiamen.lab.campuses)
    lines = [
        link.name for link in xiamen.links if "main-hospital" in (link.a, link.b) and {link.a, link.b} <= {*standing}
    ]
    found = of_kind(shaped(xiamen, edges, access), "edge")
    ends = [i.network for machine in found for i in machine.interfaces if i.wire is Wire.LINE]
    assert len(found) == edges and sorted(ends) == sorted(lines)
    assert all(machine.routes for machine in found)


def test_each_carrier_has_its_edge(xiamen: Site) -> None:
    first, second = (variables(xiamen, machine) for machine in of_kind(shaped(xiamen, 2, 2), "edge"))
    assert {line["carrier"] for line in first["lines"]} == {"telecom"}
    assert {line["carrier"] for line in second["lines"]} == {"unicom"}


def test_two_edges_share_the_gateway_of_every_access_network(xiamen: Site) -> None:
    site = shaped(xiamen, 2, 2)
    first, second = (variables(site, machine) for machine in of_kind(site, "edge"))
    for here, there in zip(first["access_networks"], second["access_networks"], strict=True):
        assert here["gateway"] == there["gateway"] != here["address"] != there["address"]
        assert [here["others"], there["others"]] == [[there["address"].split("/")[0]], [here["address"].split("/")[0]]]
    assert [network["gateway"] for network in first["access_networks"]] == ["10.81.0.1/25", "10.81.0.129/25"]
    assert (first["other_edges"][0]["peer"], second["other_edges"][0]["peer"]) == ("172.21.61.2", "172.21.61.1")


def test_an_only_edge_is_the_gateway_itself(xiamen: Site) -> None:
    site = shaped(xiamen, 1, 0)
    (edge,) = (variables(site, machine) for machine in of_kind(site, "edge"))
    assert edge["other_edges"] == []
    assert [(n["interface"], n["address"], n["gateway"]) for n in edge["access_networks"]] == [
        ("eth1", "10.81.0.1/24", "10.81.0.1/24")
    ]
