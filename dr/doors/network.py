"""Routers and campus edges over SSH: service addresses and fences by the roles' commands, routes by vtysh's JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from dr.doors import Shell
from dr.world import Fence, Neighbour, Route
from inventory.error import MedcloudError


@dataclass(frozen=True)
class Identity:
    """How routers know a centre: its AS and the network of its cloud."""

    asn: int
    network: IPv4Network


class Routers:
    """All routers and edges of a site by the name of their place; `addresses` are their management addresses."""

    def __init__(self, shell: Shell, addresses: Mapping[str, str], centres: Mapping[str, Identity]) -> None:
        self._shell = shell
        self._addresses = dict(addresses)
        self._fenced = dict(centres)

    def routers(self) -> tuple[str, ...]:
        """The places that have a router."""
        return tuple(self._addresses)

    def hold(self, place: str, address: str) -> None:
        """Make the place's router hold and announce the service address, also after a reboot."""
        self._run(place, f"medcloud-service hold {address}", f"hold {address}")

    def release(self, place: str, address: str) -> None:
        """Make the place's router give the service address up, also after a reboot."""
        self._run(place, f"medcloud-service release {address}", f"release {address}")

    def holds(self, place: str, address: str) -> bool:
        """True when the place's router has the service address right now."""
        return address in self._run(place, "medcloud-service list", "list held addresses").split()

    def fence(self, place: str, centre: str) -> None:
        """Make the place's router refuse the centre's service announcements and drop campus traffic to and from it;
        the centre's own router lets go of every service address instead."""
        self._run(place, f"medcloud-fence add {centre}", f"fence {centre}")

    def lift(self, place: str, centre: str) -> None:
        """Take the fence away again."""
        self._run(place, f"medcloud-fence remove {centre}", f"lift the fence of {centre}")

    def fence_of(self, place: str, centre: str) -> Fence:
        """What the router itself says of its fence against that centre."""
        command = (
            "medcloud-fence list; echo ---; vtysh -c 'show bgp as-path-access-list fenced' 2>/dev/null; "
            "echo ---; nft list set inet medcloud fenced 2>/dev/null; true"
        )
        wanted = self._fenced[centre]
        return parse_fence(place, centre, wanted, self._run(place, command, "read the fence"))

    def neighbours(self, place: str) -> tuple[Neighbour, ...]:
        """The router's BGP sessions."""
        return parse_neighbours(self._run(place, "vtysh -c 'show bgp ipv4 unicast summary json'", "read BGP sessions"))

    def route(self, place: str, address: str) -> Route | None:
        """The router's best route to the address, or None."""
        command = (
            f"vtysh -c 'show bgp ipv4 unicast {address}/32 json'; echo; echo ---; "
            f"vtysh -c 'show ip route {address}/32 json'"
        )
        return parse_route(self._run(place, command, "read the route"), address)

    def forget(self, place: str) -> None:
        """Drop the connection to the place's router: it was taken away."""
        self._shell.forget(self._addresses[place])

    def _run(self, place: str, command: str, what: str) -> str:
        if place not in self._addresses:
            raise MedcloudError(f"{place} has no router")
        return self._shell.run(self._addresses[place], command, timeout=20).require(f"{place}: {what}")


def parse_fence(place: str, centre: str, wanted: Identity, text: str) -> Fence:
    """A fence from the fenced places, the AS path list and the nftables set, separated by `---` lines."""
    listed, paths, dropped = text.split("---\n")
    networks = dropped.replace(",", " ").split()
    return Fence(
        place,
        active=centre in listed.split(),
        refuses_routes=f"_{wanted.asn}$" in paths,
        drops_traffic=str(wanted.network) in networks,
    )


def parse_neighbours(text: str) -> tuple[Neighbour, ...]:
    """BGP sessions from FRR's summary."""
    peers = json.loads(text or "{}").get("peers", {})
    return tuple(
        Neighbour(address, int(peer["remoteAs"]), peer.get("state") == "Established")
        for address, peer in sorted(peers.items())
    )


def parse_route(text: str, address: str) -> Route | None:
    """The best path's origin AS and the interfaces in use, from FRR's BGP and RIB views separated by a `---` line."""
    bgp, rib = (json.loads(part.strip() or "{}") for part in text.split("---\n"))
    best = next((p for p in bgp.get("paths", ()) if p.get("bestpath", {}).get("overall")), None)
    if best is None:
        return None
    numbers = best.get("aspath", {}).get("string", "").split()
    origin = int(numbers[-1]) if numbers and numbers[-1].isdigit() else None
    hops = [hop for entry in rib.get(f"{address}/32", ()) if entry.get("selected") for hop in entry.get("nexthops", ())]
    return Route(origin, tuple(hop["interfaceName"] for hop in hops if hop.get("active") and "interfaceName" in hop))
