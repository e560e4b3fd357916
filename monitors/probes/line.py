"""Carrier lines as the routers see them: BFD and BGP of every declared line, from FRR's own JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from inventory.addresses import LineEnd, line_ends
from inventory.machines import Machine
from inventory.model import Site
from monitors.reading import Shell, json_of, read_sections

COMMANDS = {
    "bfd": "vtysh -c 'show bfd peers json'",
    "bgp": "vtysh -c 'show bgp summary json'",
}
ABSENT = "absent"  # declared, but the router knows no such peer


@dataclass(frozen=True)
class Bfd:
    """A BFD session: `status` is up, down, init or shutdown; uptime in seconds, 0 when it is not up."""

    status: str
    uptime: float
    diagnostic: str


@dataclass(frozen=True)
class Bgp:
    """A BGP session: FRR's state name, uptime in seconds, prefixes accepted from the peer."""

    state: str
    uptime: float
    received: int


@dataclass(frozen=True)
class LineState:
    """One end of a declared line. `up` means that BFD and BGP both are."""

    link: str
    carrier: str
    place: str
    peer_place: str
    bfd: str
    bgp: str
    uptime: float
    received: int
    diagnostic: str

    @property
    def up(self) -> bool:
        return self.bfd == "up" and self.bgp == "Established"


def parse_bfd(text: str) -> dict[IPv4Address, Bfd]:
    """`show bfd peers json` → sessions by peer address."""
    return {
        IPv4Address(peer["peer"]): Bfd(
            peer["status"], float(peer.get("uptime", 0)), str(peer.get("diagnostic", "unknown"))
        )
        for peer in json_of(text, "show bfd peers json")
    }


def parse_bgp(text: str) -> dict[IPv4Address, Bgp]:
    """`show bgp summary json` → sessions by peer address; none when BGP has no neighbour yet."""
    families: Mapping[str, Any] = json_of(text, "show bgp summary json")
    peers: Mapping[str, Any] = families.get("ipv4Unicast", {}).get("peers", {})
    return {
        IPv4Address(address): Bgp(peer["state"], peer.get("peerUptimeMsec", 0) / 1000, int(peer.get("pfxRcd", 0)))
        for address, peer in peers.items()
    }


def line_states(
    ends: tuple[LineEnd, ...], bfd: Mapping[IPv4Address, Bfd], bgp: Mapping[IPv4Address, Bgp]
) -> tuple[LineState, ...]:
    """The declared ends with what the router says of each."""
    return tuple(_state(end, bfd.get(end.peer), bgp.get(end.peer)) for end in ends)


def read(shell: Shell, site: Site, machine: Machine) -> tuple[LineState, ...]:
    """The lines of that router or edge; MedcloudError when it does not answer."""
    wired = {interface.network for interface in machine.interfaces}
    ends = tuple(end for end in line_ends(site, machine.place) if end.link.name in wired)
    found = read_sections(shell, str(machine.management.ip), COMMANDS)
    bfd, bgp = (found[name].require(f"{machine.name}: {name}") for name in ("bfd", "bgp"))
    return line_states(ends, parse_bfd(bfd), parse_bgp(bgp))


def _state(end: LineEnd, bfd: Bfd | None, bgp: Bgp | None) -> LineState:
    return LineState(
        link=end.link.name,
        carrier=end.link.carrier,
        place=end.place,
        peer_place=end.peer_place,
        bfd=bfd.status if bfd else ABSENT,
        bgp=bgp.state if bgp else ABSENT,
        uptime=min(bfd.uptime, bgp.uptime) if bfd and bgp and bfd.status == "up" else 0.0,
        received=bgp.received if bgp else 0,
        diagnostic=bfd.diagnostic if bfd else ABSENT,
    )
