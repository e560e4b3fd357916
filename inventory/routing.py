"""What every machine that routes between places has in common: its lines, and how the inventory tells of them."""

from __future__ import annotations

from typing import Any

from inventory import addresses
from inventory.machine import Interface, Machine, Wire
from inventory.model import Link, Site


def line_interfaces(site: Site, place: str, edge: int | None = None) -> tuple[Interface, ...]:
    """The place's lines whose other end stands too; of a campus those that end at that edge."""
    return tuple(
        Interface(end.interface, Wire.LINE, end.link.name, end.address)
        for end in addresses.line_ends(site, place)
        if site.lab is None or end.peer_place in (*site.lab.centres, *site.lab.campuses)
        if edge is None or addresses.edge_of(site, site.campus(place), end.link) == edge
    )


def routing_vars(site: Site, machine: Machine) -> dict[str, Any]:
    """AS number, router id and the lines of a router or edge."""
    lines = {i.network for i in machine.interfaces if i.wire is Wire.LINE}
    return {
        "asn": addresses.place(site, machine.place).asn,
        "router_id": str(machine.management.ip),
        "lines": [_line(site, end) for end in addresses.line_ends(site, machine.place) if end.link.name in lines],
    }


def _line(site: Site, end: addresses.LineEnd) -> dict[str, Any]:
    return {
        "name": end.link.name,
        "interface": end.interface,
        "address": str(end.address),
        "peer": str(end.peer),
        "peer_asn": end.peer_asn,
        "peer_place": end.peer_place,
        "carrier": end.link.carrier,
        "bandwidth_mbit": end.link.bandwidth_mbit,
        "bfd_interval_ms": end.link.bfd.interval_ms,
        "bfd_multiplier": end.link.bfd.multiplier,
        "preference": _preference(site, end.link),
    }


def _preference(site: Site, link: Link) -> int:
    """How much a line is preferred to others between the same places: each later carrier 10 less."""
    return 200 - 10 * [carrier.name for carrier in site.carriers].index(link.carrier)
