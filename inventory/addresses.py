"""Addresses derived from the model: the same everywhere, so nobody types one twice.

`n` below is the place's `index`. Management 10.88.n.0/24, a centre's cloud 10.(20+n).0.0/16 with the provider LAN
in its first /24, lines /30 out of 172.20.0.0/16 in the order of declaration, moving service addresses 10.10.10.k/32.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from inventory.model import Campus, Centre, Link, Site, System

SERVICES = IPv4Network("10.10.10.0/24")
LINES = IPv4Network("172.20.0.0/16")
OPS_HOST = 254  # last octet of the operators' foot in every management network


def place(site: Site, name: str) -> Centre | Campus:
    """The centre or campus of that name; KeyError when there is none."""
    places: tuple[Centre | Campus, ...] = (*site.centres, *site.campuses)
    for item in places:
        if item.name == name:
            return item
    raise KeyError(name)


def management(where: Centre | Campus) -> IPv4Network:
    return IPv4Network(f"10.88.{where.index}.0/24")


def tunnel(centre: Centre) -> IPv4Network:
    """Underlay of the Geneve tunnels between a centre's nodes."""
    return IPv4Network(f"10.89.{centre.index}.0/24")


def cloud(centre: Centre) -> IPv4Network:
    """Everything the centre's instances can have; announced to the other places."""
    return IPv4Network(f"10.{20 + centre.index}.0.0/16")


def provider(centre: Centre) -> IPv4Network:
    """LAN between the centre's router and its cloud."""
    return IPv4Network(f"10.{20 + centre.index}.0.0/24")


def lan(where: Centre | Campus) -> IPv4Network:
    """The network behind the place's router: the campus LAN or the provider LAN."""
    return where.lan if isinstance(where, Campus) else provider(where)


def lan_gateway(where: Centre | Campus) -> IPv4Interface:
    """The router's own address on that LAN (its first host)."""
    return IPv4Interface(f"{lan(where)[1]}/{lan(where).prefixlen}")


def cloud_gateway(centre: Centre) -> IPv4Address:
    """The Neutron router's address on the provider LAN."""
    return provider(centre)[2]


def floating_pool(centre: Centre) -> tuple[IPv4Address, IPv4Address]:
    return provider(centre)[50], provider(centre)[200]


def service_address(system: System) -> IPv4Address:
    """The address that moves with the system; ValueError when it declares no service."""
    if system.service is None:
        raise ValueError(f"{system.name} has no service")
    return SERVICES[system.service.address_index]


@dataclass(frozen=True)
class LineEnd:
    """One end of a line: at `place`, interface `interface` with `address`, the other end is `peer` in `peer_asn`."""

    link: Link
    place: str
    interface: str
    address: IPv4Interface
    peer_place: str
    peer: IPv4Address
    peer_asn: int


def line_ends(site: Site, where: str) -> tuple[LineEnd, ...]:
    """The lines that end at that place, both sides addressed from one /30 per line."""
    ends = []
    for number, link in enumerate(site.links):
        for here, there, host in ((link.a, link.b, 1), (link.b, link.a, 2)):
            if here == where:
                net = IPv4Network((int(LINES.network_address) + 4 * number, 30))
                ends.append(
                    LineEnd(
                        link,
                        here,
                        link.name,
                        IPv4Interface(f"{net[host]}/30"),
                        there,
                        net[3 - host],
                        place(site, there).asn,
                    )
                )
    return tuple(ends)
