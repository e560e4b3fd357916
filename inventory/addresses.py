"""Addresses derived from the model: the same everywhere, so nobody types one twice.

`n` below is the place's `index`. Management 10.88.n.0/24, a centre's cloud 10.(20+n).0.0/16 with the provider LAN
in its first /24, lines /30 out of 172.20.0.0/16 in the order of declaration, the cable between a campus's edges
172.21.n.0/30, moving service addresses 10.10.10.k/32. A campus LAN is split evenly over its access switches.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from inventory.machine import Interface, Wire
from inventory.model import Campus, Centre, Link, Site, System

MANAGEMENT = IPv4Network("10.88.0.0/16")  # all places' management networks, which the operators' network joins
SERVICES = IPv4Network("10.10.10.0/24")
LINES = IPv4Network("172.20.0.0/16")
CABLES = IPv4Network("172.21.0.0/16")
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


def management_interface(where: Centre | Campus, host: int) -> Interface:
    """The first interface of a machine: `host` in the management network of its place."""
    net = management(where)
    return Interface("eth0", Wire.MANAGEMENT, f"{where.name}-mgmt", IPv4Interface(f"{net[host]}/{net.prefixlen}"))


def tunnel(centre: Centre) -> IPv4Network:
    """Underlay of the Geneve tunnels between a centre's nodes."""
    return IPv4Network(f"10.89.{centre.index}.0/24")


def cloud(centre: Centre) -> IPv4Network:
    """Everything the centre's instances can have; announced to the other places."""
    return IPv4Network(f"10.{20 + centre.index}.0.0/16")


def provider(centre: Centre) -> IPv4Network:
    """LAN between the centre's router and its cloud."""
    return IPv4Network(f"10.{20 + centre.index}.0.0/24")


def lan_gateway(centre: Centre) -> IPv4Interface:
    """The router's own address on the provider LAN (its first host)."""
    return IPv4Interface(f"{provider(centre)[1]}/{provider(centre).prefixlen}")


def access_networks(campus: Campus) -> tuple[IPv4Network, ...]:
    """The campus LAN in as many equal parts as it has access switches (rounded up to a power of two)."""
    count = max(1, campus.access_switches)
    return tuple(campus.lan.subnets(new_prefix=access_prefix(campus)))[:count]


def access_prefix(campus: Campus) -> int:
    """The prefix length of its access networks."""
    return campus.lan.prefixlen + (max(1, campus.access_switches) - 1).bit_length()


def access_gateway(campus: Campus, access: int) -> IPv4Interface:
    """What the wards of an access network (counted from 1) send everything to: its first host."""
    network = access_networks(campus)[access - 1]
    return IPv4Interface(f"{network[1]}/{network.prefixlen}")


def edge_address(campus: Campus, access: int, edge: int) -> IPv4Interface:
    """The edge's own address in an access network: an only edge is the gateway, two share it and have the next ones."""
    network = access_networks(campus)[access - 1]
    return IPv4Interface(f"{network[1 + edge if campus.edges > 1 else 1]}/{network.prefixlen}")


def access_segment(campus: Campus, access: int) -> str:
    """The name of the shared cable run to the wards of an access network."""
    return f"{campus.name}-lan-{access}" if campus.access_switches else f"{campus.name}-lan"


def uplink(campus: Campus, access: int, edge: int) -> str:
    """The name of the cable between an access switch and an edge, on both of its ends."""
    return f"uplink-{campus.index}-{access}-{edge}"


def edge_cable(campus: Campus) -> str:
    """The name of the cable between the two edges."""
    return f"edges-{campus.index}"


def edge_cable_address(campus: Campus, edge: int) -> IPv4Interface:
    """The edge's address on that cable."""
    return IPv4Interface((int(CABLES.network_address) + 256 * campus.index + edge, 30))


def edge_of(site: Site, campus: Campus, link: Link) -> int:
    """The edge at which the campus's end of a line is: its carriers are spread over the edges in their order."""
    used = {line.carrier for line in site.links if campus.name in (line.a, line.b)}
    carriers = [carrier.name for carrier in site.carriers if carrier.name in used]
    return 1 + carriers.index(link.carrier) % campus.edges


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
