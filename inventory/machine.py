"""A bare machine: what stands in a centre or campus before anything is installed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Interface


class Wire(StrEnum):
    MANAGEMENT = "management"
    TUNNEL = "tunnel"
    LAN = "lan"
    CABLE = "cable"  # from one machine to another inside a place, alone on its segment
    LINE = "line"  # a carrier's, to another place


@dataclass(frozen=True)
class Interface:
    """A network interface. `network` is the shared segment (`<place>-mgmt`, `-tun`, `-lan`), or the name of the cable
    or link. Without an address it is a port: of a cloud's bridge or of a switch."""

    name: str
    wire: Wire
    network: str
    address: IPv4Interface | None


@dataclass(frozen=True)
class Machine:
    """`kind` is the name of its file in `inventory/machines/`, `number` counts the kind's machines of the place,
    `disk_gb` is decimal; `routes` says whether it forwards between places and speaks BGP."""

    name: str
    kind: str
    place: str
    number: int
    interfaces: tuple[Interface, ...]
    disk_gb: int = 2
    routes: bool = False

    @property
    def management(self) -> IPv4Interface:
        """The address on the management network (always the first interface)."""
        address = self.interfaces[0].address
        assert address is not None
        return address
