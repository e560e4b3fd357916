from __future__ import annotations

from inventory.machines.workstation import variables
from inventory.model import Site
from tests.inventory.machines.campus import of_kind, shaped


def test_every_access_network_has_a_ward_inside(xiamen: Site) -> None:
    site = shaped(xiamen, 2, 2)
    wards = of_kind(site, "workstation")
    assert [ward.name for ward in wards] == ["main-hospital-ward-1", "main-hospital-ward-2"]
    told = [variables(site, ward) for ward in wards]
    assert [(t["lan_address"], t["lan_gateway"]) for t in told] == [
        ("10.81.0.11/25", "10.81.0.1"),
        ("10.81.0.139/25", "10.81.0.129"),
    ]


def test_the_first_ward_keeps_its_address_whatever_the_shape(xiamen: Site) -> None:
    plain, split = (of_kind(shaped(xiamen, *shape), "workstation")[0] for shape in ((1, 0), (2, 2)))
    addresses = [ward.interfaces[1].address for ward in (plain, split)]
    assert all(address and str(address.ip) == "10.81.0.11" for address in addresses)
    assert plain.management == split.management
