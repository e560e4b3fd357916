"""Derived addresses: unique over the site, inside their networks, the same at every load."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Address, IPv4Network

import pytest

from inventory import addresses
from inventory.load import load_site
from inventory.machines import machines
from inventory.model import Site
from inventory.placement import Instance, instances


def _instances(site: Site) -> list[Instance]:
    return [instance for centre in site.centres for instance in instances(site, centre.name)]


def test_no_address_is_given_twice(xiamen: Site) -> None:
    everywhere = [i.address for m in machines(xiamen) for i in m.interfaces if i.address]
    found = [interface.ip for interface in everywhere]
    found += [instance.address for instance in _instances(xiamen)]
    found += [addresses.service_address(s) for s in xiamen.systems if s.service]
    found += [addresses.cloud_gateway(centre) for centre in xiamen.centres]
    assert [address for address, count in Counter(found).items() if count > 1] == []
    assert len(found) > 120


def test_instances_stand_inside_their_zones_network(xiamen: Site) -> None:
    for instance in _instances(xiamen):
        network = xiamen.zone(instance.zone).networks[instance.centre]
        assert instance.address in network, instance.name
        assert instance.address not in (network.network_address, network.broadcast_address)
        assert network.subnet_of(addresses.cloud(xiamen.centre(instance.centre)))


def test_addresses_are_the_same_at_every_load(xiamen: Site) -> None:
    again = load_site("xiamen")
    assert {i.name: i.address for i in _instances(xiamen)} == {i.name: i.address for i in _instances(again)}
    by_name = {i.name: str(i.address) for i in _instances(xiamen)}
    assert by_name["his-database-software-park-2-1"] == "10.21.20.10"
    assert by_name["his-database-gaodian-1"] == "10.22.20.10"
    assert by_name["pacs-gaodian-1"] == "10.22.30.10"


def test_instance_names_are_unique(xiamen: Site) -> None:
    names = [instance.name for instance in _instances(xiamen)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("place", ["main-hospital", "software-park-2", "gaodian", "fuzhou", "software-park-3"])
def test_both_ends_of_a_line_share_its_network(xiamen: Site, place: str) -> None:
    ends = addresses.line_ends(xiamen, place)
    assert ends
    for end in ends:
        assert end.peer in end.address.network
        assert end.peer != end.address.ip
        (back,) = [e for e in addresses.line_ends(xiamen, end.peer_place) if e.link.name == end.link.name]
        assert back.address.ip == end.peer
        assert back.peer_asn == addresses.place(xiamen, place).asn


def test_lines_are_numbered_in_the_order_of_declaration(xiamen: Site) -> None:
    (first,) = [e for e in addresses.line_ends(xiamen, "main-hospital") if e.link.name == xiamen.links[0].name]
    assert first.address.ip == IPv4Address("172.20.0.1")
    assert first.address.network == IPv4Network("172.20.0.0/30")
