"""A centre's router and service gateway, between its provider LAN and its lines."""

from __future__ import annotations

from typing import Any

from inventory import addresses
from inventory.machine import Interface, Machine, Wire
from inventory.model import Campus, Centre, Site
from inventory.placement import machine_instances
from inventory.routing import line_interfaces, routing_vars

GROUP = "routers"


def stand(site: Site, place: Centre | Campus) -> tuple[Machine, ...]:
    """One router a centre."""
    if isinstance(place, Campus):
        return ()
    interfaces = (
        addresses.management_interface(place, 1),
        Interface("eth1", Wire.LAN, f"{place.name}-lan", addresses.lan_gateway(place)),
        *line_interfaces(site, place.name),
    )
    return (Machine(f"{place.name}-router-1", "router", place.name, 1, interfaces, routes=True),)


def variables(site: Site, machine: Machine) -> dict[str, Any]:
    """Its lines, the cloud behind it and the services it may hold."""
    centre = site.centre(machine.place)
    return routing_vars(site, machine) | {
        "lan_address": str(addresses.lan_gateway(centre)),
        "lan_network": str(addresses.provider(centre)),
        "cloud_network": str(addresses.cloud(centre)),
        "cloud_gateway": str(addresses.cloud_gateway(centre)),
        "services": _services(site, centre.name),
        "access_networks": [],
        "other_edges": [],
    }


def _services(site: Site, place: str) -> list[dict[str, Any]]:
    found = []
    for system in site.systems:
        backends = [i for i in machine_instances(site) if i.system.name == system.name and i.centre == place]
        if system.service and backends:
            found.append(
                {
                    "system": system.name,
                    "software": system.software.value,
                    "address": str(addresses.service_address(system)),
                    "ports": list(system.service.ports),
                    "backends": [{"name": i.name, "address": str(i.address)} for i in backends],
                    "home": system.centre == place,
                }
            )
    return found
