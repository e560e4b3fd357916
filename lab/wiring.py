"""The cabling of a site, as data: which segments, ports and lines connect which machines. It touches no host."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from inventory import addresses
from inventory.machines import Interface, Machine, Wire, machines
from inventory.model import Campus, Centre, Site

_BRIDGE_OF_WIRE = {Wire.MANAGEMENT: "mgmt", Wire.TUNNEL: "tun", Wire.LAN: "lan"}
_POINT_TO_POINT = (Wire.CABLE, Wire.LINE)
_CABLE_MBIT = 1000


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
    """A carrier line, or a cable inside one place, between two machines; its name is that of its interface on both.

    Delay and jitter are milliseconds one way; lines that share the conduit `path` fail together (a cable has none).
    """

    name: str
    machines: tuple[str, str]
    places: tuple[str, str]
    delay_ms: float
    bandwidth_mbit: float
    jitter_ms: float = 0.0
    loss_percent: float = 0.0
    path: str = ""

    @property
    def inside(self) -> bool:
        """Whether it stays in one place: nobody outside can take it away."""
        return self.places[0] == self.places[1]


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
        if interface.wire not in _POINT_TO_POINT
    )
    lines = (*_carrier_lines(site, stock), *_cables(stock))
    return Wiring(stock, _segments(site, stock), ports, tuple(map(_foot, places)), _routes(stock, places), lines)


def _bridge(site: Site, machine: Machine, interface: Interface) -> str:
    """A short name for the segment: its wire, the place's number, and which one where a place has several."""
    _, _, which = interface.network.removeprefix(f"{machine.place}-").partition("-")
    number = f"{_BRIDGE_OF_WIRE[interface.wire]}{addresses.place(site, machine.place).index}"
    return f"{number}-{which}" if which else number


def _segments(site: Site, stock: tuple[Machine, ...]) -> tuple[Segment, ...]:
    found = {
        interface.network: Segment(interface.network, _bridge(site, machine, interface))
        for machine in stock
        for interface in machine.interfaces
        if interface.wire not in _POINT_TO_POINT
    }
    return tuple(found.values())


def _port(site: Site, machine: Machine, number: int, position: int) -> Port:
    interface = machine.interfaces[position]
    managed = interface.wire is Wire.MANAGEMENT
    return Port(
        machine.name,
        interface.name,
        _bridge(site, machine, interface),
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
    """By the first router of each place; a campus's machines are reached by management, also when that one is off."""
    routers = {m.place: m.management.ip for m in reversed(stock) if m.routes}
    return tuple(
        Route(addresses.cloud(place) if isinstance(place, Centre) else place.lan, routers[place.name])
        for place in places
        if place.name in routers
    )


def _carrier_lines(site: Site, stock: tuple[Machine, ...]) -> Iterator[Line]:
    ends = _ends(stock, Wire.LINE)
    for link in site.links:
        if link.name in ends:
            (a, b), quality = ends[link.name], (link.delay_ms, link.bandwidth_mbit, link.jitter_ms, link.loss_percent)
            yield Line(link.name, (a.name, b.name), (a.place, b.place), *quality, link.path)


def _cables(stock: tuple[Machine, ...]) -> Iterator[Line]:
    for name, (a, b) in _ends(stock, Wire.CABLE).items():
        yield Line(name, (a.name, b.name), (a.place, b.place), 0.0, _CABLE_MBIT)


def _ends(stock: tuple[Machine, ...], wire: Wire) -> dict[str, tuple[Machine, Machine]]:
    """The two machines at the ends of every cable or line, by its name; one that ends nowhere is left out."""
    found: dict[str, list[Machine]] = {}
    for machine in stock:
        for interface in machine.interfaces:
            if interface.wire is wire:
                found.setdefault(interface.network, []).append(machine)
    return {name: (ends[0], ends[1]) for name, ends in found.items() if len(ends) == 2}
