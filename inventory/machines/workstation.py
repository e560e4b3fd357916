"""A ward's client: where care notices that something is gone."""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import Any

from inventory import addresses
from inventory.machine import Interface, Machine, Wire
from inventory.model import Campus, Centre, Site

GROUP = "workstations"
_MANAGEMENT_HOST = 10  # the first ward is host 11 of the management network
_HOST = 11  # of its access network


def stand(site: Site, place: Centre | Campus) -> tuple[Machine, ...]:
    """One ward in every access network of a campus."""
    if isinstance(place, Centre):
        return ()
    return tuple(_ward(place, number) for number in range(1, len(addresses.access_networks(place)) + 1))


def _ward(campus: Campus, number: int) -> Machine:
    network = addresses.access_networks(campus)[number - 1]
    interfaces = (
        addresses.management_interface(campus, _MANAGEMENT_HOST + number),
        Interface(
            "eth1",
            Wire.LAN,
            addresses.access_segment(campus, number),
            IPv4Interface(f"{network[_HOST]}/{network.prefixlen}"),
        ),
    )
    return Machine(f"{campus.name}-ward-{number}", "workstation", campus.name, number, interfaces)


def variables(site: Site, machine: Machine) -> dict[str, Any]:
    """Its address and the gateway of its access network."""
    gateway = addresses.access_gateway(site.campus(machine.place), machine.number)
    return {"lan_address": str(machine.interfaces[1].address), "lan_gateway": str(gateway.ip)}
