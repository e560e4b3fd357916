"""Copies and backups must be able to keep what the systems promise (RTO, RPO), and move in an order that works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from inventory.checks.finding import Finding, Loc
from inventory.model import Backup, Centre, CopyMode, Protection, Site, System

SYNC_ROUND_TRIP_MS = 5.0  # every commit waits for it: beyond that the wards feel it


def find(site: Site) -> Iterator[Finding]:
    """Cyclic dependencies, wrong order, synchronous copies too far away, backups at home, false promises."""
    cycles = list(_cycles(site))
    yield from cycles
    for number, protection in enumerate(site.protection):
        yield from _copies(site, number, protection)
        if not cycles:  # in a circle no order is right
            yield from _order(site, number, protection)
        if protection.backup:
            yield from _rhythm(("protection", number, "backup"), protection.backup)
    yield from _promises(site)


def _cycles(site: Site) -> Iterator[Finding]:
    """Each cycle of `depends_on` once, printed as it runs."""
    number_of = {system.name: number for number, system in enumerate(site.systems)}
    done: set[str] = set()
    for start in number_of:
        yield from _walk(site, number_of, start, [], done)


def _walk(site: Site, number_of: dict[str, int], name: str, path: list[str], done: set[str]) -> Iterator[Finding]:
    if name in path:
        cycle = [*path[path.index(name) :], name]
        last = site.systems[number_of[path[-1]]]
        loc = ("systems", number_of[last.name], "depends_on", last.depends_on.index(name))
        yield Finding(loc, f"cyclic depends_on: {' → '.join(cycle)}", "take out one of these dependencies")
        return
    if name in done or name not in number_of:
        return
    for other in site.systems[number_of[name]].depends_on:
        yield from _walk(site, number_of, other, [*path, name], done)
    done.add(name)


def _copies(site: Site, number: int, protection: Protection) -> Iterator[Finding]:
    centres = {centre.name: centre for centre in site.centres}
    loc: Loc = ("protection", number)
    for system in _systems(site, protection):
        home = centres.get(system.centre)
        for position, copy in enumerate(protection.copies):
            where = (*loc, "copies", position, "centre")
            if copy.centre == system.centre:
                message = f"the copy of {system.name} stands at `{copy.centre}`, where the system itself is"
                yield Finding(where, message, "choose another centre")
            elif copy.mode is CopyMode.SYNC and home and copy.centre in centres:
                yield from _sync(site, where, system, home, centres[copy.centre])
        if protection.backup and protection.backup.centre == system.centre:
            message = f"the backup of {system.name} lies at `{system.centre}`, where the system itself is"
            yield Finding((*loc, "backup", "centre"), message, "back up off site")
    yield from _doubled(loc, protection)


def _rhythm(loc: Loc, backup: Backup) -> Iterator[Finding]:
    """Spans that are none, whole backups rarer than their retention, a log that is shipped after the next backup."""
    spans = {name: getattr(backup, name) for name in ("every", "full_every", "log_every", "keep", "restore_test_every")}
    empty = [name for name, span in spans.items() if span <= timedelta(0)]
    for name in empty:
        yield Finding((*loc, name), f"`{name}` must be longer than nothing", "for example P1D")
    if empty:
        return
    if backup.full_every < backup.every:
        message = (
            f"a whole backup every {_minutes(backup.full_every)}, but a backup only every {_minutes(backup.every)}"
        )
        yield Finding((*loc, "every"), message, "`every` counts whole ones too: make it the shorter of the two")
    if backup.keep < backup.full_every:
        message = (
            f"backups are kept {_minutes(backup.keep)}, the next whole one comes after {_minutes(backup.full_every)}"
        )
        yield Finding((*loc, "keep"), message, "keep them at least until the next whole one")
    if backup.log_every > backup.every:
        message = f"the log is shipped every {_minutes(backup.log_every)}, later than the next backup"
        yield Finding((*loc, "log_every"), message, "minutes are usual: PT5M")


def _doubled(loc: Loc, protection: Protection) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for position, copy in enumerate(protection.copies):
        if copy.centre in seen:
            where = (*loc, "copies", position, "centre")
            message = f"a second copy at `{copy.centre}`"
            yield Finding(where, message, "raise `replicas` of the first", see=(*loc, "copies", seen[copy.centre]))
        seen.setdefault(copy.centre, position)


def _sync(site: Site, loc: Loc, system: System, home: Centre, away: Centre) -> Iterator[Finding]:
    delays = [link.delay_ms for link in site.links if {link.a, link.b} == {home.name, away.name}]
    trip = f", {2 * min(delays):g} ms round trip" if delays else ""
    hint = "use `mode: async` there"
    if home.city != away.city:
        message = f"synchronous copy of {system.name} from {home.city} to {away.city}{trip}: every commit would wait"
        yield Finding(loc, message, hint)
    elif not delays:
        message = f"synchronous copy of {system.name}, but no line between {home.name} and {away.name}"
        yield Finding(loc, message, "declare the line")
    elif 2 * min(delays) > SYNC_ROUND_TRIP_MS:
        message = f"synchronous copy of {system.name} over {2 * min(delays):g} ms round trip"
        yield Finding(loc, f"{message} (at most {SYNC_ROUND_TRIP_MS:g})", hint)


def _order(site: Site, number: int, protection: Protection) -> Iterator[Finding]:
    """What a system depends on must move before it, to every centre that both move to."""
    of = {name: (n, p) for n, p in reversed(list(enumerate(site.protection))) for name in p.systems}
    homes = {system.name: system.centre for system in site.systems}
    for system in _systems(site, protection):
        for other in system.depends_on:
            if other not in homes:
                continue
            at, before = of.get(other, (None, None))
            if before and _both(protection, before) and before.order > protection.order:
                message = f"{system.name} (order {protection.order}) moves before {other} (order {before.order})"
                hint = f"it depends on {other}: give it an order of {before.order} or more"
                yield Finding(("protection", number, "order"), message, hint, see=("protection", at or 0, "order"))
            if homes[other] == system.centre:
                yield from _left_behind(number, protection, before, system, other)


def _left_behind(
    number: int, protection: Protection, before: Protection | None, system: System, other: str
) -> Iterator[Finding]:
    """Both live in one centre, but only one has a copy: after a disaster the copy would wait for the other for ever."""
    theirs = {copy.centre for copy in before.copies} if before else set()
    for position, copy in enumerate(protection.copies):
        if copy.centre not in theirs:
            message = f"{system.name} has a copy at {copy.centre}, but depends on {other}, which has none there"
            loc = ("protection", number, "copies", position)
            yield Finding(loc, message, f"copy {other} there too", warning=True)


def _both(one: Protection, other: Protection) -> bool:
    return bool({copy.centre for copy in one.copies} & {copy.centre for copy in other.copies})


def _promises(site: Site) -> Iterator[Finding]:
    """RTO within what care bears, RPO within what the copies and backups can give."""
    for number, system in enumerate(site.systems):
        loc: Loc = ("systems", number)
        if system.tolerance:
            bears = min(system.tolerance.outpatient, system.tolerance.inpatient)
            if system.rto > bears:
                message = f"RTO {_minutes(system.rto)}, but care bears {_minutes(bears)} without {system.name}"
                yield Finding((*loc, "rto"), message, "lower the RTO", see=(*loc, "tolerance"), warning=True)
        best = _best(site.protection_of(system.name))
        if best is not None and system.rpo < best:
            message = f"RPO {_minutes(system.rpo)}, but the protection of {system.name} allows {_minutes(best)} of loss"
            yield Finding((*loc, "rpo"), message, "copy it synchronously or back it up more often", warning=True)


def _best(protection: Protection | None) -> timedelta | None:
    """The loss the declaration already admits; None when it cannot be told from the declaration."""
    if protection is None:
        return None
    modes = {copy.mode for copy in protection.copies}
    if CopyMode.SYNC in modes or CopyMode.STANDBY in modes:  # standby: the data lie with another system
        return timedelta(0)
    if CopyMode.ASYNC in modes:
        return timedelta(microseconds=1)
    return protection.backup.every if protection.backup else None


def _minutes(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    return f"{minutes / 60:g} h" if minutes >= 120 else f"{minutes:g} min"


def _systems(site: Site, protection: Protection) -> list[System]:
    return [system for system in site.systems if system.name in protection.systems]
