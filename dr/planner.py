"""Computes plans from the model: any pair of centres, any set of systems, every mode; refuses what cannot be.

A site's own changes to a computed plan are `dr.overrides`; they are applied by `plan_for`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from dr import overrides, paths, steps
from dr.modes import bubble, loss, outage, planned, restore, tabletop, unplanned
from dr.order import refuse_disorder
from dr.plan import LOST, SHEDDING, Acceptance, Mode, Plan, StepCall
from dr.route import Route, centre, copy_mode, deployed, ledger_of, of_role, route, system, urgency
from dr.shedding import share
from inventory.checks.finding import nearest
from inventory.error import MedcloudError, bad_input, refused
from inventory.model import CentreRole, Site, Software
from inventory.placement import machine_instances
from inventory.repository import repositories, repository_of

_WORDS = {CentreRole.SAME_CITY_DR: "same-city", CentreRole.REMOTE_DR: "remote", CentreRole.ANALYTICS: "analytics"}


@dataclass(frozen=True)
class Wish:
    """What somebody wants planned. `target` None: the source is lost and serves nothing (what stays up is proved).

    A restore goes to where the backups lie; `moment` is the past one to bring back (none: the drill chooses one).
    `whole` starts every cold standby too; `returning`: the lost centre comes back in the middle; `lost_hosts` of the
    target are assumed dead; `accepted` are named agreements; `walks`: the mode that a tabletop walks.
    """

    source: str
    target: str | None
    mode: Mode
    systems: tuple[str, ...] = ()
    whole: bool = False
    returning: bool = False
    lost_hosts: int = 0
    accepted: tuple[Acceptance, ...] = ()
    walks: Mode = Mode.UNPLANNED
    moment: str | None = None
    name: str = ""


def available(site: Site) -> tuple[Plan, ...]:
    """The standard plans that this site can have, without overrides, in the order people use them."""
    return tuple(plan for plan in every(site).values() if isinstance(plan, Plan))


def every(site: Site) -> dict[str, Plan | MedcloudError]:
    """Every standard drill by name: its plan, or why it is refused (shedding that nobody agreed to, for one)."""
    found: dict[str, Plan | MedcloudError] = {}
    for wish in standard_wishes(site):
        try:
            found[wish.name] = compute(site, wish)
        except MedcloudError as error:
            found[wish.name] = error
    return found


def standard(site: Site, name: str) -> Plan:
    """The standard plan of that name; bad input naming the plans there are when there is none."""
    return compute(site, standard_wish(site, name))


def standard_wish(site: Site, name: str) -> Wish:
    """What the standard plan of that name asks for."""
    wishes = {wish.name: wish for wish in standard_wishes(site)}
    if name not in wishes:
        known = [plan.name for plan in available(site)]
        said = ", ".join(known) or "none: the site needs two centres and a protected database with real machines"
        hint = f"{nearest(name, known)}; " if known and nearest(name, known).startswith("did") else ""
        raise bad_input(f"{site.name} has no drill plan `{name}`", f"{hint}plans of this site: {said}")
    return wishes[name]


def standard_wishes(site: Site) -> tuple[Wish, ...]:
    """The drills that a site with these roles rehearses; some may turn out to be impossible."""
    centres = {role: of_role(site, role) for role in CentreRole}
    home = centres[CentreRole.PRODUCTION]
    if home is None:
        return ()
    found: list[Wish] = []
    for role in (CentreRole.SAME_CITY_DR, CentreRole.REMOTE_DR):
        if other := centres[role]:
            found += _pair(site, home.name, other.name, _WORDS[role])
    found += [
        Wish(lost.name, None, Mode.UNPLANNED, name=f"{word}-loss")
        for role, word in _WORDS.items()
        if (lost := centres[role])
    ]  # fmt: skip
    found += [
        Wish(kept.centre, None, Mode.RESTORE, (kept.name,), name=f"restore-{kept.name}")
        for found_at in repositories(site)
        for kept in found_at.systems
        if kept.service
    ]
    return tuple(found)


def _pair(site: Site, home: str, away: str, word: str) -> list[Wish]:
    there = Wish(home, away, Mode.UNPLANNED, name=f"{word}-failover")
    back = "production-failback" if word == "same-city" else f"{word}-failback"
    found = [
        there,
        Wish(away, home, Mode.FAILBACK, name=back),
        replace(there, mode=Mode.PLANNED, name=f"{word}-switchover"),
        replace(there, mode=Mode.TEST, name=f"{word}-test"),
        replace(there, mode=Mode.TABLETOP, name=f"{word}-tabletop"),
    ]
    if word == "same-city":
        found.insert(2, replace(there, returning=True, name="same-city-returning"))
        found.append(replace(there, mode=Mode.OUTAGE, name="same-city-outage"))
        found.append(replace(there, whole=True, name="same-city-whole"))
        for software, what in ((Software.POSTGRESQL, "database"), (Software.ORTHANC, "pacs")):
            one = next((s.name for s in site.systems if s.service and s.software is software), None)
            if one is not None:
                found.append(Wish(home, away, Mode.PLANNED, (one,), name=f"{what}-switchover"))
                found.append(Wish(away, home, Mode.FAILBACK, (one,), name=f"{what}-failback"))
    return found


def plan_for(site: Site, wish: Wish, folder: Path | None) -> Plan:
    """The computed plan with the site's override of that name in `folder` applied, if there is one."""
    computed = compute(site, wish)
    override = overrides.read(folder, computed.name) if folder else None
    if override is None:
        return computed
    if override.exclude:
        computed = compute(site, _without(site, wish, computed, override.exclude))
    return finish(overrides.apply(override, computed))


def compute(site: Site, wish: Wish) -> Plan:
    """The plan of that wish. Raises MedcloudError: bad input for unknown names, refused for what cannot be."""
    if wish.mode is Mode.TABLETOP:
        walked = compute(site, replace(wish, mode=wish.walks, name=""))
        name = wish.name or f"tabletop-{walked.name}"
        return walked.model_copy(
            update={
                "name": name,
                "mode": Mode.TABLETOP,
                "walks": wish.walks,
                "steps": tuple(tabletop.build(walked.steps)),
            }
        )
    if wish.mode is Mode.RESTORE:
        return _restore(site, wish)
    if wish.target is None:
        return _loss(site, wish)
    way = route(site, wish.source, wish.target, wish.systems, wish.whole)
    _possible(way, wish)
    shed = _shed(way, wish)
    way = replace(way, standbys=tuple(standby for standby in way.standbys if standby.name not in shed))
    return finish(_plan(way, wish, _BUILD[wish.mode](way, wish), shed))


_BUILD: dict[Mode, Callable[[Route, Wish], list[StepCall]]] = {
    Mode.UNPLANNED: lambda way, wish: unplanned.build(way, wish.returning),
    Mode.OUTAGE: lambda way, wish: outage.build(way),
    Mode.PLANNED: lambda way, wish: planned.build(way),
    Mode.FAILBACK: lambda way, wish: planned.build(way, home=True),
    Mode.TEST: lambda way, wish: bubble.build(way),
}


def finish(plan: Plan) -> Plan:
    """The plan with its calls checked and listed. MedcloudError (refused) for a cycle, an unknown step or parameter."""
    refuse_disorder(plan)
    for call in plan.steps:
        try:
            steps.find(call.step).Params.model_validate(call.params)
        except MedcloudError as error:
            raise refused(f"{call.name}: {error.message}", error.hint) from None
        except ValueError as error:
            raise refused(f"{call.name}: wrong parameters for {call.step}: {_first(error)}") from None
    return plan.model_copy(update={"steps": paths.listed(plan.steps)})


def _first(error: ValueError) -> str:
    """Pydantic's first complaint in one line."""
    lines = [line.strip() for line in str(error).splitlines()]
    return ": ".join(lines[1:3]) if len(lines) > 2 else str(error)


def _plan(way: Route, wish: Wish, calls: list[StepCall], shed: tuple[str, ...] = ()) -> Plan:
    return Plan(
        name=wish.name or _name(wish),
        mode=wish.mode,
        source=way.source.name,
        target=way.target.name,
        moved=way.moved,
        left_out=_left_out(way),
        steps=tuple(calls),
        started=tuple(standby.name for standby in way.standbys),
        stranded=way.stranded,
        shed=shed,
        accepted=wish.accepted,
    )


def _shed(way: Route, wish: Wish) -> tuple[str, ...]:
    """The systems that find no room at the target when it must carry the whole hospital; somebody must have agreed."""
    if not wish.whole or wish.mode not in (*LOST, Mode.PLANNED):
        return ()
    shed = share(way.site, way.source.name, way.target.name, wish.lost_hosts).shed
    vital = [name for name in way.moved if name in shed]
    if vital:
        raise refused(f"{way.target.name} has no room for {', '.join(vital)}", "free capacity there first")
    if shed and not any(agreed.what == SHEDDING for agreed in wish.accepted):
        raise refused(
            f"{way.target.name} cannot carry everything; shed would be, in this order: {', '.join(shed)}",
            f"somebody who may decide that must agree by name: --accept {SHEDDING}=NAME",
        )
    return shed


def _loss(site: Site, wish: Wish) -> Plan:
    """A centre is lost while the services are at home: nothing moves, everything is watched."""
    if wish.mode is not Mode.UNPLANNED:
        raise bad_input(f"a {wish.mode} drill needs a target", "name it: --to CENTRE")
    lost = wish.source
    served = [
        s for s in site.systems if s.service and s.centre != lost and (not wish.systems or s.name in wish.systems)
    ]
    homes = sorted({s.centre for s in served if s.centre in deployed(site)})
    if not homes:
        raise refused(f"{lost} serves everything: losing it means moving", f"--from {lost} --to CENTRE")
    way = _watched(site, lost, homes[0])
    return finish(_plan(way, replace(wish, name=wish.name or f"loss-{lost}"), loss.build(way)))


def _restore(site: Site, wish: Wish) -> Plan:
    """One database's past, brought back beside production on the repository that keeps its backups."""
    if len(wish.systems) != 1:
        raise bad_input("a restore is of one database", "name it: --system NAME")
    kept = system(site, wish.systems[0])
    found = repository_of(site, kept.name)
    if found is None or not kept.service:
        known = ", ".join(s.name for r in repositories(site) for s in r.systems) or "none"
        raise refused(f"no repository keeps backups of {kept.name}", f"databases with backups here: {known}")
    return finish(
        Plan(
            name=wish.name or f"restore-{kept.name}{'-to-a-moment' if wish.moment else ''}",
            mode=Mode.RESTORE,
            source=centre(site, kept.centre).name,
            target=found.centre,
            moved=(),
            left_out=(),
            steps=tuple(restore.build(kept, wish.moment)),
        )
    )


def _watched(site: Site, lost: str, serving: str) -> Route:
    """The services of a centre, as a route from the lost centre to it."""
    source, target = centre(site, lost), centre(site, serving)
    if site.lab and not any({link.a, link.b} == {lost, c.name} for link in site.links for c in site.campuses):
        raise refused(f"{lost} has no line to a campus: nobody could see that it is gone")
    real = {instance.system.name for instance in machine_instances(site) if instance.centre == serving}
    services = [s for s in site.systems if s.service and s.centre == serving and s.name in real]
    by_urgency = tuple(sorted(services, key=lambda s: urgency(site, s)))
    return Route(site, source, target, by_urgency, (), (), ledger_of(site, by_urgency))


def _possible(way: Route, wish: Wish) -> None:
    """Refuse a mode that this pair of centres or this set of systems cannot have."""
    strangers = [s.name for s in way.services if s.centre != way.target.name]
    if wish.mode is Mode.FAILBACK and strangers:
        raise refused(
            f"a failback goes home, and {way.target.name} is not the home of {', '.join(strangers)}", "--mode planned"
        )
    if wish.mode in LOST and not way.databases:
        raise refused(
            "an unplanned drill takes a whole centre away: without a database among its systems nothing fences it",
            f"add --system {way.ledger}, or use --mode planned",
        )
    if wish.mode is Mode.OUTAGE and way.distant(way.target):
        raise refused(
            f"{way.target.name} has no synchronous copy of {way.databases[0].name}, and nothing makes it whole now",
            "fail over to the centre that has one; rehearse the far one with --mode unplanned",
        )
    if wish.mode is Mode.TEST and any(copy_mode(way.site, s, way.target.name) is None for s in way.services):
        raise refused(f"a test needs copies at {way.target.name}, and that is where the systems are at home")
    if wish.returning and wish.mode is not Mode.UNPLANNED:
        raise bad_input("only a lost centre can come back in the middle", "--mode unplanned")


def _left_out(way: Route) -> tuple[str, ...]:
    """Protected systems of the pair's home that this drill proves nothing about."""
    site, pair = way.site, (way.source.name, way.target.name)
    home = next((s.centre for s in way.services if s.centre in pair), pair[0])
    return tuple(
        s.name for s in site.systems if s.centre == home and s.name not in way.moved and site.protection_of(s.name)
    )


def _name(wish: Wish) -> str:
    parts = [wish.mode.value, *(["returning"] if wish.returning else []), wish.source, "to", str(wish.target)]
    return "-".join([*parts, *wish.systems, *(["whole"] if wish.whole else [])])


def _without(site: Site, wish: Wish, computed: Plan, excluded: tuple[str, ...]) -> Wish:
    """The wish for what is left when the override excludes systems."""
    concerned = (*computed.moved, *computed.started)
    for name in excluded:
        system(site, name)
        if name not in concerned:
            raise refused(f"{computed.name} does not move `{name}`, so it cannot be excluded", nearest(name, concerned))
    left = tuple(name for name in concerned if name not in excluded)
    if not left:
        raise refused(f"the override of {computed.name} excludes every system")
    return replace(wish, systems=left, name=computed.name)
