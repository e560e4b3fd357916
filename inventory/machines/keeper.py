"""A centre's security machine (安全管理机): keeps the site's logs, the operators' door and what scans the others.

Two of them, one in the production and one in the same-city centre, so that a lost centre takes no record with it.
"""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import Any

from inventory import addresses
from inventory.machine import Interface, Machine, Wire
from inventory.model import Campus, Centre, CentreRole, Site

GROUP = "keepers"
_HOST = 5  # of the management network and of the provider LAN
_DISK_GB = 10  # half a year of the site's logs


def stand(site: Site, place: Centre | Campus) -> tuple[Machine, ...]:
    """One in the production and one in the same-city centre."""
    if isinstance(place, Campus) or place.role not in (CentreRole.PRODUCTION, CentreRole.SAME_CITY_DR):
        return ()
    lan = addresses.provider(place)
    interfaces = (
        addresses.management_interface(place, _HOST),
        Interface("eth1", Wire.LAN, f"{place.name}-lan", IPv4Interface(f"{lan[_HOST]}/{lan.prefixlen}")),
    )
    return (Machine(f"{place.name}-keeper-1", "keeper", place.name, 1, interfaces, disk_gb=_DISK_GB),)


def variables(site: Site, machine: Machine) -> dict[str, Any]:
    """Its address for instances, and the ways to them: its own centre's by the cloud, the others' by the router."""
    own = site.centre(machine.place)
    router, cloud = str(addresses.lan_gateway(own).ip), str(addresses.cloud_gateway(own))
    routes = [
        {"network": str(addresses.cloud(centre)), "via": cloud if centre.name == own.name else router}
        for centre in site.centres
    ]
    return {"lan_address": str(machine.interfaces[1].address), "lan_routes": routes}
