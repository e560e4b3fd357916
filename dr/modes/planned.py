"""Everything is well: drain, ship the last byte, hand over; nothing is lost. Going home is the same."""

from __future__ import annotations

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
from inventory.model import System


def build(way: Route, home: bool = False) -> list[StepCall]:
    """The calls of a planned change of sides; `home`: a failback, which first makes the home copy whole again."""
    calls, source, target = Calls(), way.source.name, way.target.name
    ready = begin(calls, way, source, following=not home)
    if home:
        ready = _restore(calls, way, ready)
    for database in way.databases if _distant(way) else ():
        ready = calls.add("prefer-copy", ready, name=numbered("prefer-copy", database, way.services),
                          undo=True, system=database.name, centre=target)  # fmt: skip
    writing = start_ledger(calls, way, ready, source)
    copied = copy_images(calls, way, writing)
    moved: dict[str, Names] = {}
    for system in way.services:
        needs = tuple(name for other in system.depends_on for name in moved.get(other, ()))
        moved[system.name] = _hand_over(calls, way, system, (*writing, *needs), copied)
    arrived = tuple(name for names in moved.values() for name in names)
    started = start_standbys(calls, way, writing, moved)
    proved = verify(calls, way, arrived, target)
    for standby in way.standbys:
        calls.add(
            "stop-instances", (*proved, *started), name=f"stop-{standby.name}", system=standby.name, centre=source
        )
    counted = measure(calls, way, (*proved, *started), "after-healing")
    protected = _protect_again(calls, way, counted, home)
    follow = rejoin_copies(calls, way, proved)
    calls.add("stop-ledger", (*counted, *protected, *follow))
    return calls.found


def _distant(way: Route) -> bool:
    """A copy in another city is involved: who is synchronous must be said."""
    return way.distant(way.source) or way.distant(way.target)


def _restore(calls: Calls, way: Route, after: Names) -> Names:
    """The home copy follows again, rewound or rebuilt, before anything is handed to it."""
    names: Names = ()
    for database in way.databases:
        name = numbered("rejoin-database", database, way.services)
        names += calls.add("rejoin-database", after, name=name, system=database.name, centre=way.target.name)
    return names or after


def _hand_over(calls: Calls, way: Route, system: System, after: Names, copied: Names) -> Names:
    """One system's own line of calls; gives its last one."""
    sides: Params = {"system": system.name, "source": way.source.name, "target": way.target.name}

    def add(step: str, after: Names) -> Names:
        name = f"take-lease-{system.name}" if step == "take-lease" else numbered(step, system, way.services)
        return calls.add(step, after, name=name, undo=step in ("drain-database", "take-lease"), **sides)

    if not is_database(system):
        leased = add("take-lease", (*after, *copied))
        switched = add("switch-pacs", leased)
        return calls.add("copy-images", switched, name=numbered("ship-last-images", system, way.services), **sides)
    drained = add("drain-database", after)
    shipped = add("ship-last-byte", drained)
    leased = add("take-lease", shipped)
    return add("move-service-address", add("switchover-database", leased))


def _protect_again(calls: Calls, way: Route, after: Names, home: bool) -> Names:
    """Where a distant copy was preferred: at home the declared order again, away from home the source stands by."""
    names: Names = ()
    for database in way.databases if _distant(way) else ():
        name = numbered("protect-again", database, way.services)
        if home:
            names += calls.add("reset-preference", after, name=name, system=database.name)
        else:
            names += calls.add("prefer-copy", after, name=name, system=database.name, centre=way.source.name)
    return names
