"""Bare machines of a site: what stands in the centres and campuses before anything is installed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Interface

from inventory import addresses
from inventory.model import Campus, Centre, Site


class Kind(StrEnum):
    NODE = "node"  # private-cloud node: control, compute, storage
    ROUTER = "router"  # a centre's router and service gateway
    EDGE = "edge"  # a campus's router
    WORKSTATION = "workstation"  # a ward client


class Wire(StrEnum):
    MANAGEMENT = "management"
    TUNNEL = "tunnel"
    LAN = "lan"
    LINE = "line"


@dataclass(frozen=True)
class Interface:
    """A network interface. `network` is the shared segment (`<place>-mgmt`, `-tun`, `-lan`) or the link's name."""

    name: str
    wire: Wire
    network: str
    address: IPv4Interface | None


@dataclass(frozen=True)
class Machine:
    name: str
    kind: Kind
    place: str
    interfaces: tuple[Interface, ...]

    @property
    def management(self) -> IPv4Interface:
        """The address on the management network (always the first interface)."""
        address = self.interfaces[0].address
        assert address is not None
        return address


def machines(site: Site) -> tuple[Machine, ...]:
    """All bare machines of the places that the lab profile names (all places when there is no profile)."""
    found: list[Machine] = []
    for centre in site.centres:
        if site.lab is None or centre.name in site.lab.centres:
            found += [_node(centre), _router(site, centre, Kind.ROUTER, 1)]
    for campus in site.campuses:
        if site.lab is None or campus.name in site.lab.campuses:
            found += [_router(site, campus, Kind.EDGE, 1), _workstation(campus)]
    return tuple(found)


def _mgmt(where: Centre | Campus, host: int) -> Interface:
    net = addresses.management(where)
    return Interface("eth0", Wire.MANAGEMENT, f"{where.name}-mgmt", IPv4Interface(f"{net[host]}/24"))


def _node(centre: Centre) -> Machine:
    tunnel = IPv4Interface(f"{addresses.tunnel(centre)[11]}/24")
    return Machine(
        f"{centre.name}-node-1",
        Kind.NODE,
        centre.name,
        (
            _mgmt(centre, 11),
            Interface("eth1", Wire.TUNNEL, f"{centre.name}-tun", tunnel),
            Interface(
                "eth2", Wire.LAN, f"{centre.name}-lan", None
            ),  # a port of br-ex, so without an address of its own
        ),
    )


def _router(site: Site, where: Centre | Campus, kind: Kind, number: int) -> Machine:
    lines = tuple(
        Interface(end.interface, Wire.LINE, end.link.name, end.address)
        for end in addresses.line_ends(site, where.name)
        if site.lab is None or end.peer_place in (*site.lab.centres, *site.lab.campuses)
    )
    lan = Interface("eth1", Wire.LAN, f"{where.name}-lan", addresses.lan_gateway(where))
    return Machine(f"{where.name}-{kind.value}-{number}", kind, where.name, (_mgmt(where, number), lan, *lines))


def _workstation(campus: Campus) -> Machine:
    lan = IPv4Interface(f"{campus.lan[11]}/{campus.lan.prefixlen}")
    return Machine(
        f"{campus.name}-ward-1",
        Kind.WORKSTATION,
        campus.name,
        (_mgmt(campus, 11), Interface("eth1", Wire.LAN, f"{campus.name}-lan", lan)),
    )
