"""Every name that refers to something must be declared; a wrong one gets the nearest right one as its hint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inventory.checks.finding import Finding, Loc, nearest
from inventory.model import Site


def find(site: Site, assumed: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Dangling references. `assumed` are names of things left out because they are wrong themselves."""
    for loc, kind, name, known in _references(site):
        if name not in known and name not in assumed:
            yield Finding(loc, f"no {kind} `{name}`", nearest(name, known))


_Reference = tuple[Loc, str, str, set[str]]


def _references(site: Site) -> Iterator[_Reference]:
    yield from _of_links(site)
    yield from _of_zones(site)
    yield from _of_systems(site)
    yield from _of_protection(site)
    yield from _of_lab(site)


def _of_links(site: Site) -> Iterator[_Reference]:
    places = _names(site.centres) | _names(site.campuses)
    carriers = _names(site.carriers)
    for number, link in enumerate(site.links):
        loc = ("links", number)
        yield (*loc, "a"), "centre or campus", link.a, places
        yield (*loc, "b"), "centre or campus", link.b, places
        yield (*loc, "carrier"), "carrier", link.carrier, carriers


def _of_zones(site: Site) -> Iterator[_Reference]:
    centres, zones = _names(site.centres), _names(site.zones)
    for number, zone in enumerate(site.zones):
        for centre in zone.networks:
            yield ("zones", number, "networks", centre), "centre", centre, centres
    for number, flow in enumerate(site.flows):
        yield ("flows", number, "source"), "zone or campus", flow.source, zones | _names(site.campuses)
        yield ("flows", number, "target"), "zone", flow.target, zones


def _of_systems(site: Site) -> Iterator[_Reference]:
    centres, zones, systems = _names(site.centres), _names(site.zones), _names(site.systems)
    for number, system in enumerate(site.systems):
        loc = ("systems", number)
        yield (*loc, "centre"), "centre", system.centre, centres
        yield (*loc, "zone"), "zone", system.zone, zones
        for position, other in enumerate(system.depends_on):
            yield (*loc, "depends_on", position), "system", other, systems


def _of_protection(site: Site) -> Iterator[_Reference]:
    centres, systems = _names(site.centres), _names(site.systems)
    for number, protection in enumerate(site.protection):
        loc = ("protection", number)
        for position, name in enumerate(protection.systems):
            yield (*loc, "systems", position), "system", name, systems
        for position, copy in enumerate(protection.copies):
            yield (*loc, "copies", position, "centre"), "centre", copy.centre, centres
        if protection.backup:
            yield (*loc, "backup", "centre"), "centre", protection.backup.centre, centres


def _of_lab(site: Site) -> Iterator[_Reference]:
    if site.lab is None:
        return
    for position, name in enumerate(site.lab.centres):
        yield ("lab", "centres", position), "centre", name, _names(site.centres)
    for position, name in enumerate(site.lab.campuses):
        yield ("lab", "campuses", position), "campus", name, _names(site.campuses)
    for name in site.lab.machines:
        yield ("lab", "machines", name), "system", name, _names(site.systems)


def _names(items: Iterable[object]) -> set[str]:
    return {str(getattr(item, "name", "")) for item in items}
