"""A centre that serves nothing right now is lost: what must still work is proved, then it comes back and follows."""

from __future__ import annotations

from dr.modes import Calls, Names, begin, copy_images, measure, numbered, start_ledger, verify
from dr.plan import StepCall
from dr.route import Route
from inventory.hosts import machine_instances


def build(way: Route) -> list[StepCall]:
    """The calls of losing `way.source` while `way.target` serves and goes on serving."""
    calls, lost, serving = Calls(), way.source.name, way.target.name
    ready = begin(calls, way, serving)
    writing = start_ledger(calls, way, ready, serving)
    struck = calls.add("strike-centre", writing, undo=True, centre=lost)
    seen = calls.add("detect-outage", struck, centre=lost)
    proved = verify(calls, way, seen, serving)
    counted = measure(calls, way, proved, "before-healing", "measure-before-healing", serving)
    back = calls.add("heal-centre", counted, centre=lost, fenced=False)
    whole = _follow(calls, way, back)
    counted = measure(calls, way, whole, "after-healing", "measure-after-healing", serving)
    calls.add("stop-ledger", counted)
    return calls.found


def _follow(calls: Calls, way: Route, back: Names) -> Names:
    """What has a copy in the lost centre follows again."""
    here = {instance.system.name for instance in machine_instances(way.site) if instance.centre == way.source.name}
    names: Names = ()
    for database in way.databases:
        if database.name in here:
            name = numbered("rejoin-database", database, way.services)
            names += calls.add("rejoin-database", back, name=name, system=database.name, centre=way.source.name)
    if any(archive.name in here for archive in way.archives):
        names += copy_images(calls, way, back)
    return names or back
