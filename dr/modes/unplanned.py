"""The source centre is gone: fence, promote, move, prove, heal, rejoin. It may come back in the middle."""

from __future__ import annotations

from typing import Any

from dr.modes import (
    Calls,
    Names,
    begin,
    copy_images,
    is_database,
    measure,
    numbered,
    rejoin_copies,
    start_ledger,
    start_standbys,
    verify,
)
from dr.plan import Params, StepCall
from dr.route import Route


def build(way: Route, returning: bool = False) -> list[StepCall]:
    """The calls of an unplanned failover; `returning`: the centre comes back while the target is being promoted."""
    calls, source, target = Calls(), way.source.name, way.target.name
    ready = begin(calls, way, source, following=True)
    for database in way.databases if way.distant(way.target) else ():
        ready = calls.add("prefer-copy", ready, name=numbered("prefer-copy", database, way.services),
                          undo=True, system=database.name, centre=target)  # fmt: skip
    writing = start_ledger(calls, way, ready, source)
    struck = calls.add("strike-centre", writing, undo=True, centre=source)
    seen = calls.add("detect-outage", struck, centre=source)
    fenced = fence(calls, way, seen)
    back = calls.add("heal-centre", fenced, centre=source) if returning else ()
    moved = move(calls, way, fenced)
    arrived = tuple(name for names in moved.values() for name in names)
    started = start_standbys(calls, way, fenced, moved)
    proved = verify(calls, way, (*arrived, *back), target)
    if not returning:
        counted = measure(calls, way, (*proved, *started), "before-healing", "measure-before-healing")
        back = calls.add("heal-centre", counted, centre=source)
    follow = rejoin_copies(calls, way, proved, leave_out=(source,))
    home = come_home(calls, way, (*back, *proved, *started) if returning else back)
    calls.add("stop-ledger", (*home, *follow))
    return calls.found


def fence(calls: Calls, way: Route, after: Names) -> Names:
    """One call per database, one after the other: each adds its own fence inside the lost centre."""
    for database in way.databases:
        name = numbered("fence-centre", database, way.services)
        after = calls.add("fence-centre", after, name=name, centre=way.source.name, system=database.name)
    return after


def move(calls: Calls, way: Route, fenced: Names, **promotion: Any) -> dict[str, Names]:
    """Each system's own line of calls: they depend on the fence, not on each other. System -> its last call.
    `promotion` are more parameters of `promote-database`."""
    found: dict[str, Names] = {}
    for system in way.services:
        sides: Params = {"system": system.name, "source": way.source.name, "target": way.target.name}
        needs = tuple(name for other in system.depends_on for name in found.get(other, ()))
        after = calls.add("take-lease", (*fenced, *needs), name=f"take-lease-{system.name}", undo=True, **sides)
        if is_database(system):
            after = calls.add(
                "promote-database", after, name=numbered("promote-database", system, way.services), **sides, **promotion
            )
            step = "move-service-address"
        else:
            step = "switch-pacs"
        found[system.name] = calls.add(step, after, name=numbered(step, system, way.services), **sides)
    return found


def come_home(calls: Calls, way: Route, back: Names, late: bool = False) -> Names:
    """The lost centre comes home harmless, everything is protected again and counted; `late` as in `measure`."""
    source = way.source.name
    released = calls.add("release-centre", back, centre=source, systems=list(way.moved))
    whole: Names = ()
    for database in way.databases:
        name = numbered("rejoin-database", database, way.services)
        whole += calls.add("rejoin-database", released, name=name, system=database.name, centre=source)
    if way.archives:
        whole += copy_images(calls, way, released)
    lifted = calls.add("lift-fence", whole, centre=source, system=way.databases[0].name)
    for standby in way.standbys:
        calls.add("stop-instances", lifted, name=f"stop-{standby.name}", system=standby.name, centre=source)
    counted = measure(calls, way, lifted, "after-healing", "measure-after-healing", late=late)
    for database in way.databases if way.distant(way.target) else ():
        counted = calls.add("prefer-copy", counted, name=numbered("protect-again", database, way.services),
                            system=database.name, centre=source)  # fmt: skip
    return counted
