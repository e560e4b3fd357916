"""Where an instance stands its zone must have a network with room for it, and its name must be a host name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from inventory import addresses
from inventory.checks.capacity import Demand, demands
from inventory.checks.finding import Finding
from inventory.model import Centre, Site, Zone
from inventory.placement import FIRST_HOST

_HOST_NAME = 63  # RFC 1123


def find(site: Site) -> Iterator[Finding]:
    """Zones missing in a centre, zones too small, host names too long."""
    zones = {zone.name: (number, zone) for number, zone in enumerate(site.zones)}
    centres = {centre.name: centre for centre in site.centres}
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    missing: set[tuple[str, str]] = set()
    for demand in demands(site):
        yield from _name(demand)
        zone, centre = zones.get(demand.system.zone), centres.get(demand.centre)
        if zone is None or centre is None:
            continue
        spot = (demand.system.zone, demand.centre)
        wanted[spot] += demand.count
        if demand.centre not in zone[1].networks and spot not in missing:
            missing.add(spot)
            yield _missing(demand, zone[0], zone[1], centre)
    for (zone_name, centre_name), count in wanted.items():
        yield from _room(zones[zone_name][0], zones[zone_name][1], centre_name, count)


def _missing(demand: Demand, number: int, zone: Zone, centre: Centre) -> Finding:
    message = f"{demand.system.name} stands at {centre.name}, where its zone `{zone.name}` has no network"
    like = next(iter(zone.networks.values()), None)
    third = str(like.network_address).split(".")[2] if like else "10"
    network = str(addresses.cloud(centre).network_address).split(".")
    hint = f"add `{centre.name}: {network[0]}.{network[1]}.{third}.0/24` to its networks"
    return Finding(demand.loc, message, hint, see=("zones", number))


def _room(number: int, zone: Zone, centre: str, count: int) -> Iterator[Finding]:
    network = zone.networks.get(centre)
    if network is None:
        return
    room = max(network.num_addresses - FIRST_HOST - 1, 0)  # the last address is the broadcast
    if count > room:
        message = f"{network} holds {room} instances from host {FIRST_HOST} on, {count} stand there"
        yield Finding(("zones", number, "networks", centre), message, "take a larger network")


def _name(demand: Demand) -> Iterator[Finding]:
    name = f"{demand.system.name}-{demand.centre}-{demand.count}"
    if len(name) > _HOST_NAME:
        message = f"`{name}` has {len(name)} characters, a host name may have {_HOST_NAME}"
        yield Finding(demand.loc, message, "shorten the system's or the centre's name")
