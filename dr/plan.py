"""Drill plans, computed from the model: which steps, in which order, with which parameters.

A plan is data. Together with the site it was computed from it is pinned to a run by two hashes, so a later edit of the
model changes no run and invalidates what it proved.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from dr.journal import digest
from inventory.error import bad_input
from inventory.hosts import machine_instances
from inventory.model import Centre, CentreRole, Part, Site, Software, System

Params = dict[str, Any]


class Mode(StrEnum):
    """How a plan changes sides (design, section 8)."""

    UNPLANNED = "unplanned"  # the site is gone
    FAILBACK = "failback"  # planned, back to the home centre


class StepCall(Part):
    """One step of a plan: the file `dr/steps/<step>.py` with parameters; `after` names the calls it waits for.

    `undo` says that the step is undone when the run is abandoned; without it what was done stays.
    """

    name: str
    step: str
    params: Params
    after: tuple[str, ...] = ()
    undo: bool = False


class Plan(Part):
    """A drill from `source` to `target`. `moved` are the systems that change sides as real machines; `left_out` are
    protected systems of the source that this site only counts, so the drill proves nothing about them."""

    name: str
    mode: Mode
    source: str
    target: str
    moved: tuple[str, ...]
    left_out: tuple[str, ...]
    steps: tuple[StepCall, ...]

    @property
    def hash(self) -> str:
        """SHA-256 of the plan's canonical JSON."""
        return digest(self.model_dump(mode="json"))


def model_hash(site: Site) -> str:
    """SHA-256 of the site model's canonical JSON."""
    return digest(site.model_dump(mode="json"))


def available(site: Site) -> tuple[Plan, ...]:
    """Every plan that can be computed from this site, in the order people use them."""
    plans = []
    pair = _pair(site)
    if pair is not None:
        production, same_city = pair
        systems = _movable(site, production, same_city)
        if any(system.software is Software.POSTGRESQL for system in systems):
            plans.append(_failover(site, production, same_city, systems))
            plans.append(_failback(site, same_city, production, systems))
    return tuple(plans)


def compute(site: Site, name: str) -> Plan:
    """The plan of that name; MedcloudError (bad input) naming the plans there are when there is none."""
    plans = {plan.name: plan for plan in available(site)}
    if name not in plans:
        known = ", ".join(plans) or "none: the site needs a production and a same-city centre with a protected database"
        raise bad_input(f"{site.name} has no drill plan `{name}`", f"plans of this site: {known}")
    return plans[name]


def _pair(site: Site) -> tuple[Centre, Centre] | None:
    try:
        return site.centre_of_role(CentreRole.PRODUCTION), site.centre_of_role(CentreRole.SAME_CITY_DR)
    except KeyError:
        return None


def _movable(site: Site, home: Centre, away: Centre) -> tuple[System, ...]:
    """Systems with a service address and a real machine in both centres, in the order the protections move them."""
    places: dict[str, set[str]] = {}
    for instance in machine_instances(site):
        places.setdefault(instance.system.name, set()).add(instance.centre)
    found = [
        s
        for s in site.systems
        if s.centre == home.name and s.service and {home.name, away.name} <= places.get(s.name, set())
    ]
    return tuple(sorted(found, key=lambda system: _order(site, system)))


def _order(site: Site, system: System) -> int:
    protection = site.protection_of(system.name)
    return protection.order if protection else 0


def _left_out(site: Site, home: Centre, moved: tuple[System, ...]) -> tuple[str, ...]:
    names = {system.name for system in moved}
    return tuple(
        s.name
        for s in site.systems
        if s.centre == home.name and s.name not in names and site.protection_of(s.name) is not None
    )


class _Chain:
    """Collects calls, each after the one before: a drill of one pair of centres is a single line of steps."""

    def __init__(self) -> None:
        self.calls: list[StepCall] = []

    def add(self, step: str, name: str = "", undo: bool = False, **params: Any) -> None:
        after = (self.calls[-1].name,) if self.calls else ()
        self.calls.append(StepCall(name=name or step, step=step, params=params, after=after, undo=undo))


def _failover(site: Site, source: Centre, target: Centre, systems: tuple[System, ...]) -> Plan:
    database, images = _database(systems), _images(systems)
    chain = _Chain()
    chain.add("start-ledger", undo=True, system=database, source=source.name, images=images)
    chain.add("strike-centre", centre=source.name)
    chain.add("detect-outage", centre=source.name)
    chain.add("fence-centre", centre=source.name, system=database, target=target.name)
    _move(chain, systems, source, target, "promote-database")
    chain.add("verify-transactions", system=database, images=images, target=target.name)
    chain.add("measure", "measure-before-healing", system=database, images=images, phase="before-healing")
    chain.add("heal-centre", centre=source.name)
    chain.add("release-centre", centre=source.name, systems=[system.name for system in systems])
    chain.add("rejoin-database", system=database, centre=source.name)
    _copy_images(chain, images, source, target)
    chain.add("lift-fence", centre=source.name, system=database)
    chain.add("measure", "measure-after-healing", system=database, images=images, phase="after-healing")
    chain.add("stop-ledger")
    return _plan(site, "same-city-failover", Mode.UNPLANNED, source, target, systems, chain, source)


def _failback(site: Site, source: Centre, target: Centre, systems: tuple[System, ...]) -> Plan:
    database, images = _database(systems), _images(systems)
    chain = _Chain()
    chain.add("start-ledger", undo=True, system=database, source=source.name, images=images)
    _copy_images(chain, images, source, target)
    _move(chain, systems, source, target, "switchover-database")
    chain.add("verify-transactions", system=database, images=images, target=target.name)
    chain.add("measure", system=database, images=images, phase="after-healing")
    chain.add("stop-ledger")
    return _plan(site, "production-failback", Mode.FAILBACK, source, target, systems, chain, target)


def _move(chain: _Chain, systems: tuple[System, ...], source: Centre, target: Centre, promote: str) -> None:
    for system in systems:
        sides: Params = {"system": system.name, "source": source.name, "target": target.name}
        chain.add("take-lease", f"take-lease-{system.name}", undo=True, **sides)
        if system.software is Software.POSTGRESQL:
            chain.add(promote, _call(promote, system, systems), **sides)
            chain.add("move-service-address", _call("move-service-address", system, systems), **sides)
        else:
            chain.add("switch-pacs", _call("switch-pacs", system, systems), **sides)


def _copy_images(chain: _Chain, images: str | None, source: Centre, target: Centre) -> None:
    if images is not None:
        chain.add("copy-images", system=images, source=source.name, target=target.name)


def _call(step: str, system: System, systems: tuple[System, ...]) -> str:
    """A call's name: the step's, with the system's where one step moves several systems of a kind."""
    several = sum(other.software is system.software for other in systems) > 1
    return f"{step}-{system.name}" if several else step


def _database(systems: tuple[System, ...]) -> str:
    return next(system.name for system in systems if system.software is Software.POSTGRESQL)


def _images(systems: tuple[System, ...]) -> str | None:
    return next((system.name for system in systems if system.software is Software.ORTHANC), None)


def _plan(
    site: Site,
    name: str,
    mode: Mode,
    source: Centre,
    target: Centre,
    systems: tuple[System, ...],
    chain: _Chain,
    home: Centre,
) -> Plan:
    return Plan(
        name=name,
        mode=mode,
        source=source.name,
        target=target.name,
        steps=tuple(chain.calls),
        moved=tuple(system.name for system in systems),
        left_out=_left_out(site, home, systems),
    )
