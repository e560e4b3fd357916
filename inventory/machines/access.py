"""A campus's access switch: a bridge between the wards of its access network and an uplink to every edge.

Access is routed: every switch has a network of its own, no two switches are cabled to each other, so there is no loop
to break and no spanning tree to wait for.
"""

from __future__ import annotations

from typing import Any

from inventory import addresses
from inventory.machine import Interface, Machine, Wire
from inventory.model import Campus, Centre, Site

GROUP = "access_switches"
_HOST = 20  # the first switch is host 21 of the management network


def stand(site: Site, place: Centre | Campus) -> tuple[Machine, ...]:
    """As many as the campus declares."""
    if isinstance(place, Centre):
        return ()
    return tuple(_switch(place, number) for number in range(1, place.access_switches + 1))


def _switch(campus: Campus, number: int) -> Machine:
    uplinks = [addresses.uplink(campus, number, edge) for edge in range(1, campus.edges + 1)]
    interfaces = (
        addresses.management_interface(campus, _HOST + number),
        Interface("eth1", Wire.LAN, addresses.access_segment(campus, number), None),
        *(Interface(uplink, Wire.CABLE, uplink, None) for uplink in uplinks),
    )
    return Machine(f"{campus.name}-access-{number}", "access", campus.name, number, interfaces)


def variables(site: Site, machine: Machine) -> dict[str, Any]:
    """The interfaces that its bridge connects."""
    return {"switch_ports": [interface.name for interface in machine.interfaces[1:]]}
