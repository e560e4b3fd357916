"""The state that a drill without effects must not change: who leads, who holds which address, which fences stand."""

from __future__ import annotations

from dr.context import Context, Evidence
from inventory.addresses import service_address
from inventory.model import Software


def fingerprint(context: Context) -> Evidence:
    """Leader, lease, timelines, held addresses and fences of the plan's systems, as the doors tell."""
    routers = context.network.routers()
    centres = [centre.name for centre in context.site.centres if centre.name in routers]
    found: Evidence = {}
    for name in context.plan.moved:
        address = str(service_address(context.site.system(name)))
        found[name] = {"held_by": [place for place in centres if context.network.holds(place, address)]}
        if context.site.system(name).software is Software.POSTGRESQL:
            found[name] |= _database(context, name)
    ends = (context.plan.source, context.plan.target)
    fences = {(place, end): context.network.fence_of(place, end).active for place in routers for end in ends}
    found["fences"] = sorted(f"{end} on {place}" for (place, end), stands in fences.items() if stands)
    return found


def _database(context: Context, name: str) -> Evidence:
    database = context.database(name)
    lease = database.lease()
    return {
        "leader": lease.holder if lease else None,
        "lease": lease.lease_id if lease else None,
        "synchronous": list(lease.synchronous) if lease else [],
        "timelines": {member.name: member.timeline for member in database.members()},
    }
