"""A campus's edge router, between its access networks and the carriers' lines."""

from __future__ import annotations

from typing import Any

from inventory import addresses
from inventory.machine import Interface, Machine, Wire
from inventory.model import Campus, Centre, Site
from inventory.routing import line_interfaces, routing_vars

GROUP = "edges"


def stand(site: Site, place: Centre | Campus) -> tuple[Machine, ...]:
    """As many as the campus declares; each has a port in every access network, a cable to the other and its lines."""
    if isinstance(place, Centre):
        return ()
    return tuple(_edge(site, place, number) for number in range(1, place.edges + 1))


def _edge(site: Site, campus: Campus, number: int) -> Machine:
    interfaces = (
        addresses.management_interface(campus, number),
        *_access(campus, number),
        *_cable(campus, number),
        *line_interfaces(site, campus.name, number),
    )
    return Machine(f"{campus.name}-edge-{number}", "edge", campus.name, number, interfaces, routes=True)


def _access(campus: Campus, number: int) -> tuple[Interface, ...]:
    """Uplinks of the access switches; a campus without any has its wards and edges on one LAN."""
    return tuple(
        Interface(f"eth{access}", Wire.LAN, f"{campus.name}-lan", addresses.edge_address(campus, access, number))
        if not campus.access_switches
        else Interface(
            addresses.uplink(campus, access, number),
            Wire.CABLE,
            addresses.uplink(campus, access, number),
            addresses.edge_address(campus, access, number),
        )
        for access in range(1, len(addresses.access_networks(campus)) + 1)
    )


def _cable(campus: Campus, number: int) -> tuple[Interface, ...]:
    name = addresses.edge_cable(campus)
    address = addresses.edge_cable_address(campus, number)
    return (Interface(name, Wire.CABLE, name, address),) if campus.edges > 1 else ()


def variables(site: Site, machine: Machine) -> dict[str, Any]:
    """Its lines, the access networks with their gateways, and the campus's other edge."""
    campus = site.campus(machine.place)
    others = [number for number in range(1, campus.edges + 1) if number != machine.number]
    return routing_vars(site, machine) | {
        "services": [],
        "edge_number": machine.number,
        "lan_network": str(campus.lan),
        "access_networks": [
            _access_vars(campus, access, machine.number, others)
            for access in range(1, len(addresses.access_networks(campus)) + 1)
        ],
        "other_edges": [
            {
                "name": f"{campus.name}-edge-{other}",
                "interface": addresses.edge_cable(campus),
                "peer": str(addresses.edge_cable_address(campus, other).ip),
            }
            for other in others
        ],
    }


def _access_vars(campus: Campus, access: int, number: int, others: list[int]) -> dict[str, Any]:
    gateway = addresses.access_gateway(campus, access)
    return {
        "number": access,
        "interface": addresses.uplink(campus, access, number) if campus.access_switches else f"eth{access}",
        "network": str(gateway.network),
        "address": str(addresses.edge_address(campus, access, number)),
        "gateway": str(gateway),
        "others": [str(addresses.edge_address(campus, access, other).ip) for other in others],
    }
