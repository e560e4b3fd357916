"""Which systems can change sides between two centres, and how: read off the model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inventory.checks.finding import nearest
from inventory.error import bad_input, refused
from inventory.hosts import machine_instances
from inventory.model import Centre, CentreRole, CopyMode, Site, Software, System
from inventory.placement import instances

_LAST = 1_000_000


@dataclass(frozen=True)
class Route:
    """From one centre to another. `services` move with their address, most urgent first; `standbys` have only cold
    instances at one end, and OpenStack starts those at the target; `stranded` have no copy there. `ledger` is the
    database in which the drill's transactions are counted."""

    site: Site
    source: Centre
    target: Centre
    services: tuple[System, ...]
    standbys: tuple[System, ...]
    stranded: tuple[str, ...]
    ledger: str

    @property
    def databases(self) -> tuple[System, ...]:
        return tuple(system for system in self.services if system.software is Software.POSTGRESQL)

    @property
    def archives(self) -> tuple[System, ...]:
        return tuple(system for system in self.services if system.software is Software.ORTHANC)

    @property
    def images(self) -> str | None:
        """The archive whose images the ledger counts."""
        return next((system.name for system in self.archives), None)

    @property
    def moved(self) -> tuple[str, ...]:
        return tuple(system.name for system in self.services)

    def distant(self, centre: Centre) -> bool:
        """True where a database's copy in that centre is asynchronous: it must be preferred before it may lead."""
        return any(copy_mode(self.site, system, centre.name) is CopyMode.ASYNC for system in self.databases)


def route(site: Site, source: str, target: str, wanted: Iterable[str] = (), whole: bool = False) -> Route:
    """The way from centre to centre for those systems (none: every service). `whole` adds the cold standbys.

    Raises MedcloudError: bad input for an unknown name, refused where nothing can move.
    """
    a, b = centre(site, source), centre(site, target)
    if a == b:
        raise bad_input(f"from {source} to itself", "name two centres")
    chosen = _closure(site, a.name, b.name, [system(site, name).name for name in wanted])
    places = _places(site)
    services = [s for s in _served(site) if {a.name, b.name} <= places.get(s.name, set())]
    stranded = [s.name for s in _served(site) if a.name in places.get(s.name, set()) and s not in services]
    standbys = [s for s in site.systems if _cold(site, s, a.name, b.name)]
    if chosen:
        services = [s for s in services if s.name in chosen]
        stranded = [name for name in stranded if name in chosen]
    standbys = [s for s in standbys if (s.name in chosen if chosen else whole)]
    if not services and not standbys:
        raise refused(f"nothing can move from {source} to {target}", _why_nothing(site, a, b, sorted(chosen)))
    by_urgency = sorted(services, key=lambda s: urgency(site, s))
    return Route(
        site, a, b, tuple(by_urgency), tuple(sorted(standbys, key=lambda s: urgency(site, s))), tuple(stranded),
        ledger_of(site, by_urgency),
    )  # fmt: skip


def centre(site: Site, name: str) -> Centre:
    """The centre of that name; bad input for an unknown one, refused for one that this deployment does not have."""
    names = [centre.name for centre in site.centres]
    if name not in names:
        raise bad_input(f"{site.name} has no centre `{name}`", nearest(name, names))
    if name not in deployed(site):
        raise refused(f"{name} is declared but not deployed here", f"deployed: {', '.join(deployed(site))}")
    return site.centre(name)


def system(site: Site, name: str) -> System:
    """The system of that name; bad input naming the nearest for an unknown one."""
    names = [system.name for system in site.systems]
    if name not in names:
        raise bad_input(f"{site.name} has no system `{name}`", nearest(name, names))
    return site.system(name)


def deployed(site: Site) -> tuple[str, ...]:
    """The centres that this deployment has."""
    return site.lab.centres if site.lab else tuple(centre.name for centre in site.centres)


def of_role(site: Site, role: CentreRole) -> Centre | None:
    """The first deployed centre with that role."""
    return next((c for c in site.centres if c.role is role and c.name in deployed(site)), None)


def copy_mode(site: Site, system: System, centre: str) -> CopyMode | None:
    """How the system is copied to that centre; None at home and where there is no copy."""
    protection = site.protection_of(system.name)
    return next((copy.mode for copy in protection.copies if copy.centre == centre), None) if protection else None


def urgency(site: Site, system: System) -> tuple[int, float, int, float, str]:
    """What goes first: lower protection order, then what care bears shortest, graver data, shorter RTO, name."""
    protection, bears = site.protection_of(system.name), system.tolerance
    shortest = min(bears.outpatient, bears.inpatient).total_seconds() if bears else float(_LAST)
    order = protection.order if protection else _LAST
    return order, shortest, -system.data_class, system.rto.total_seconds(), system.name


def ledger_of(site: Site, services: Iterable[System] = ()) -> str:
    """The database that counts the drill's transactions: the first one that moves, else the site's first."""
    places = _places(site)
    candidates = [*services, *_served(site)]
    found = next((s.name for s in candidates if s.software is Software.POSTGRESQL and s.name in places), None)
    if found is None:
        raise refused(
            f"{site.name} has no drill plan: no database with a service address runs as a real machine",
            "a drill is measured by transactions in such a database",
        )
    return found


def _served(site: Site) -> list[System]:
    return [system for system in site.systems if system.service]


def _places(site: Site) -> dict[str, set[str]]:
    """System -> the centres in which it has a real machine."""
    found: dict[str, set[str]] = {}
    for instance in machine_instances(site):
        found.setdefault(instance.system.name, set()).add(instance.centre)
    return found


def _cold(site: Site, system: System, a: str, b: str) -> bool:
    """True for a system with instances at both ends and, at one of them, only cold ones."""
    modes = [copy_mode(site, system, centre) for centre in (a, b)]
    ends = all(mode or system.centre == centre for mode, centre in zip(modes, (a, b), strict=True))
    return ends and CopyMode.STANDBY in modes


def _closure(site: Site, source: str, target: str, names: Iterable[str]) -> set[str]:
    """With each cold copy what its records lie in: it holds none of its own, so it must not move before that."""
    found, waiting = set[str](), list(names)
    placed = {instance.system.name for instance in instances(site, target)}
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if _cold(site, site.system(name), source, target):
            waiting += [other for other in site.system(name).depends_on if other in placed]
    return found


def _why_nothing(site: Site, source: Centre, target: Centre, chosen: list[str]) -> str:
    placed = {instance.system.name for instance in instances(site, target.name)}
    lacking = [name for name in chosen if name not in placed]
    if lacking:
        return f"no copy in {target.name}: {', '.join(lacking)}"
    return f"no system with a service address has a real machine in {source.name} and in {target.name}"
