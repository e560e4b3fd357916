"""Every guard in one place: nothing moves unless the source serves, the target can take over and no fault stands."""

from __future__ import annotations

from dr.context import Context, Evidence
from dr.room import require_room
from dr.serving import require_serving
from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Part, Software
from monitors.probes.replication import Member


class Params(Part):
    """`serving`: the centre that serves `systems` now. `following`: the target's copies must follow, at most `lag`
    seconds behind (by default the declared RPO, or 10 s where it is zero). `started`: cold systems to be started."""

    serving: str
    target: str
    systems: tuple[str, ...]
    started: tuple[str, ...] = ()
    following: bool = False
    lag: float | None = None


def check(context: Context, params: Params) -> None:
    """Ask every guard; the first that says no speaks."""
    _no_fault(context, params)
    require_serving(context, params.serving, params.systems)
    require_room(context, params.target, params.systems, params.started)
    if params.following:
        for name in _databases(context, params):
            _follows(context, params, name)


def run(context: Context, params: Params) -> Evidence:
    """What the guards saw, for the record: how far behind each database's copy at the target is."""
    found: Evidence = {"serving": params.serving, "faults": len(context.faults())}
    for name in _databases(context, params) if params.following else ():
        member = _follows(context, params, name)
        found[name] = {"member": member.name, "lag_bytes": member.lag_bytes, "lag_seconds": member.lag_seconds}
    return found


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}


def _no_fault(context: Context, params: Params) -> None:
    """No unhealed fault at the centres of the drill, at a campus, or on a line between two of them."""
    site = context.site
    places = {params.serving, params.target, context.plan.source, *(campus.name for campus in site.campuses)}
    links = [link for link in site.links if {link.a, link.b} <= places]
    matter = places | {word for link in links for word in (link.name, link.path)}
    matter |= {machine.name for machine in machines(site) if machine.place in places}
    standing = [fault for fault in context.faults() if matter & {fault, *fault.split("/")}]  # a pair is "a/b"
    if standing:
        raise MedcloudError(
            f"faults stand that would falsify this drill: {', '.join(standing)}", f"medcloud lab heal {site.name}"
        )


def _databases(context: Context, params: Params) -> list[str]:
    return [name for name in params.systems if context.site.system(name).software is Software.POSTGRESQL]


def _follows(context: Context, params: Params, name: str) -> Member:
    """The target's member; MedcloudError unless it streams and is no further behind than it may be."""
    cluster = context.replication(name)
    member = next((m for m in cluster.members if m.centre == params.target), None)
    if member is None:
        own = context.database(name).member_of(params.target)
        why = next((u.why for u in cluster.unread if u.what == own), "it did not answer")
        raise MedcloudError(f"{name} in {params.target} cannot be read: {why}", "nothing can be promoted there")
    if member.receiver != "streaming":
        raise MedcloudError(f"{member.name} does not replicate ({member.state})", "bring the copy back first")
    rpo = context.site.system(name).rpo.total_seconds()
    allowed = params.lag if params.lag is not None else rpo or 10.0
    if member.lag_seconds is None or member.lag_seconds > allowed:
        behind = "unknown" if member.lag_seconds is None else f"{member.lag_seconds:g} s"
        raise MedcloudError(
            f"{member.name} is behind by {behind}, allowed are {allowed:g} s", "wait until it caught up"
        )
    return member
