"""A test that changes nothing: copies made from the target's copy in a bubble without a route, proved and removed.

Production goes on writing; its protection is sampled from before the first copy until after the last is removed.
"""

from __future__ import annotations

from dr.modes import Calls, Names, begin, measure, numbered, start_ledger
from dr.plan import Params, StepCall
from dr.route import Route


def build(way: Route) -> list[StepCall]:
    """The calls of a test at the target while the source serves."""
    calls, source, target = Calls(), way.source.name, way.target.name
    ready = begin(calls, way, source, following=True)
    noted = calls.add("note-state", ready)
    writing = start_ledger(calls, way, noted, source)
    watched = writing
    for database in way.databases:
        name = numbered("watch-protection", database, way.services)
        watched += calls.add("watch-protection", writing, name=name, undo=True, system=database.name)
    gone: Names = ()
    for system in way.services:
        sides: Params = {"system": system.name, "centre": target}
        made = calls.add("make-bubble", watched, name=f"make-bubble-{system.name}", undo=True, **sides)
        proved = calls.add("verify-bubble", made, name=f"verify-bubble-{system.name}", source=source, **sides)
        gone += calls.add("remove-bubble", proved, name=f"remove-bubble-{system.name}", **sides)
    judged = gone
    for database in way.databases:
        name = numbered("verify-protection", database, way.services)
        judged += calls.add("verify-protection", gone, name=name, system=database.name)
    counted = measure(calls, way, judged, "after-healing", "measure", source)
    stopped = calls.add("stop-ledger", counted)
    calls.add("compare-state", stopped)
    return calls.found
