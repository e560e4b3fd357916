"""The cabling of a site, as data: which segments, ports and lines connect which machines. It touches no host."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from inventory import addresses
from inventory.machines import Kind, Machine, Wire, machines
from inventory.model import Campus, Centre, Site

_BRIDGE_OF_WIRE = {Wire.MANAGEMENT: "mgmt", Wire.TUNNEL: "tun", Wire.LAN: "lan"}


@dataclass(frozen=True)
class Segment:
    """A shared network: a bridge in the lab's switch. `index` is the place's number, so that the name stays short."""

    network: str
    bridge: str


@dataclass(frozen=True)
class Port:
    """A machine's interface on a segment. Only the management address is given by the lab, like by a centre's staff;
    the roles configure the others. `checksums` false: senders fill them in, for userspace switches read the frames."""

    machine: str
    interface: str
    bridge: str
    switch_port: str
    mac: str
    address: IPv4Interface | None
    checksums: bool


@dataclass(frozen=True)
class Foot:
    """The operators' interface on a place's management network."""

    place: str
    interface: str
    bridge: str
    address: IPv4Interface


@dataclass(frozen=True)
class Route:
    """How the operators reach what lies behind a place's router."""

    target: IPv4Network
    via: IPv4Address


@dataclass(frozen=True)
class Line:
    """A carrier line between two machines; its name is that of its interface on both.

    Delay and jitter are milliseconds one way; lines that share the conduit `path` fail together.
    """

    name: str
    machines: tuple[str, str]
    places: tuple[str, str]
    delay_ms: float
    bandwidth_mbit: float
    jitter_ms: float = 0.0
    loss_percent: float = 0.0
    path: str = ""


@dataclass(frozen=True)
class Wiring:
    machines: tuple[Machine, ...]
    segments: tuple[Segment, ...]
    ports: tuple[Port, ...]
    feet: tuple[Foot, ...]
    routes: tuple[Route, ...]
    lines: tuple[Line, ...]

    def machine(self, name: str) -> Machine:
        """The machine of that name; KeyError when the lab has none."""
        for machine in self.machines:
            if machine.name == name:
                return machine
        raise KeyError(name)

    def lines_of(self, machine: str) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if machine in line.machines)

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(foot.place for foot in self.feet)


def plan(site: Site) -> Wiring:
    """The cabling of everything that the site's lab profile names."""
    stock = machines(site)
    places = [addresses.place(site, name) for name in dict.fromkeys(machine.place for machine in stock)]
    ports = tuple(
        _port(site, machine, number, position)
        for number, machine in enumerate(stock)
        for position, interface in enumerate(machine.interfaces)
        if interface.wire is not Wire.LINE
    )
    return Wiring(
        stock, _segments(site, stock), ports, tuple(map(_foot, places)), _routes(stock, places), _lines(site, stock)
    )


def _bridge(site: Site, machine: Machine, wire: Wire) -> str:
    return f"{_BRIDGE_OF_WIRE[wire]}{addresses.place(site, machine.place).index}"


def _segments(site: Site, stock: tuple[Machine, ...]) -> tuple[Segment, ...]:
    found = {
        interface.network: Segment(interface.network, _bridge(site, machine, interface.wire))
        for machine in stock
        for interface in machine.interfaces
        if interface.wire is not Wire.LINE
    }
    return tuple(found.values())


def _port(site: Site, machine: Machine, number: int, position: int) -> Port:
    interface = machine.interfaces[position]
    managed = interface.wire is Wire.MANAGEMENT
    return Port(
        machine.name,
        interface.name,
        _bridge(site, machine, interface.wire),
        f"m{number}-{interface.name}",
        _mac(machine.name, interface.name),
        interface.address if managed else None,
        checksums=managed,
    )


def _mac(machine: str, interface: str) -> str:
    """A card keeps its address over power cycles, or every neighbour would talk to the old one for half a minute."""
    raw = hashlib.sha256(f"{machine} {interface}".encode()).digest()[:5]
    return ":".join(f"{byte:02x}" for byte in (0x02, *raw))


def _foot(place: Centre | Campus) -> Foot:
    net = addresses.management(place)
    name = f"mgmt{place.index}"
    return Foot(place.name, name, name, IPv4Interface(f"{net[addresses.OPS_HOST]}/{net.prefixlen}"))


def _routes(stock: tuple[Machine, ...], places: list[Centre | Campus]) -> tuple[Route, ...]:
    routers = {m.place: m.management.ip for m in stock if m.kind in (Kind.ROUTER, Kind.EDGE)}
    return tuple(
        Route(addresses.cloud(place) if isinstance(place, Centre) else place.lan, routers[place.name])
        for place in places
        if place.name in routers
    )


def _lines(site: Site, stock: tuple[Machine, ...]) -> tuple[Line, ...]:
    found = []
    for link in site.links:
        ends = [m for m in stock for i in m.interfaces if i.wire is Wire.LINE and i.network == link.name]
        if len(ends) == 2:
            names, places = (ends[0].name, ends[1].name), (ends[0].place, ends[1].place)
            quality = (link.delay_ms, link.bandwidth_mbit, link.jitter_ms, link.loss_percent)
            found.append(Line(link.name, names, places, *quality, link.path))
    return tuple(found)
