"""Names and numbers that must be unique, or two things would share an address, an interface or a host."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from inventory.checks.finding import Finding, Loc
from inventory.model import Campus, Centre, Site

Entry = tuple[Loc, Hashable]
_T = TypeVar("_T")


def find(site: Site) -> Iterator[Finding]:
    """Duplicate names, indices, AS numbers, service addresses; a system in two protections."""
    places: list[tuple[Loc, Centre | Campus]] = []
    places += _items("centres", site.centres)
    places += _items("campuses", site.campuses)
    systems = _items("systems", site.systems)
    yield from _duplicates("the name", ((loc, p.name) for loc, p in places))
    yield from _duplicates("the name", ((loc, s.name) for loc, s in systems))
    yield from _duplicates("the name", ((loc, z.name) for loc, z in _items("zones", site.zones)))
    yield from _duplicates("the name", ((loc, c.name) for loc, c in _items("carriers", site.carriers)))
    yield from _duplicates("the name", ((loc, k.name) for loc, k in _items("links", site.links)))
    yield from _campus_and_zone(site)
    yield from _duplicates("the index", (((*loc, "index"), p.index) for loc, p in places))
    yield from _duplicates("the AS number", (((*loc, "asn"), p.asn) for loc, p in places))
    services = (((*loc, "service", "address_index"), s.service.address_index) for loc, s in systems if s.service)
    yield from _duplicates("the service address", services)
    protected = (
        (("protection", number, "systems", position), name)
        for number, protection in enumerate(site.protection)
        for position, name in enumerate(protection.systems)
    )
    yield from _duplicates("the protection of system", protected)
    yield from _inner(site)


def _inner(site: Site) -> Iterator[Finding]:
    """Names inside a centre or a link."""
    for number, centre in enumerate(site.centres):
        loc = ("centres", number)
        yield from _duplicates("the host group", (((*loc, "hosts", i), h.name) for i, h in enumerate(centre.hosts)))
        yield from _duplicates("the pool", (((*loc, "pools", i), p.name) for i, p in enumerate(centre.pools)))
    for number, link in enumerate(site.links):
        classes = list(enumerate(link.qos))
        where = ("links", number, "qos")
        yield from _duplicates("the class", (((*where, i), q.name) for i, q in classes))
        yield from _duplicates("the DSCP", (((*where, i, "dscp"), q.dscp) for i, q in classes))


def _campus_and_zone(site: Site) -> Iterator[Finding]:
    """Flows name zones and campuses alike."""
    zones = {zone.name: number for number, zone in enumerate(site.zones)}
    for number, campus in enumerate(site.campuses):
        if campus.name in zones:
            yield Finding(
                ("campuses", number, "name"),
                f"`{campus.name}` is a zone too; flows could mean either",
                "rename one of them",
                see=("zones", zones[campus.name]),
            )


def _duplicates(what: str, entries: Iterable[Entry]) -> Iterator[Finding]:
    seen: dict[Hashable, Loc] = {}
    for loc, value in entries:
        if value in seen:
            yield Finding(loc, f"{what} `{value}` is used twice", "choose another", see=seen[value])
        seen.setdefault(value, loc)


def _items(key: str, items: Iterable[_T]) -> list[tuple[Loc, _T]]:
    return [((key, number), item) for number, item in enumerate(items)]
