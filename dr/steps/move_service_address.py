"""Move a service address: the source lets go if it can be reached, the target holds, all campuses see the new route."""

from __future__ import annotations

from dr.context import Context, Evidence
from dr.moving import change_sides, give_back
from inventory.error import MedcloudError
from inventory.model import Part

AWAITS = ("promote-database", "switchover-database")  # steps that bring about what the check asks for


class Params(Part):
    system: str
    source: str
    target: str
    patience: float = 30.0


def check(context: Context, params: Params) -> None:
    """The target's member leads: an address must never lead to a copy that takes no writes."""
    database = context.database(params.system)
    lease, target = database.lease(), database.member_of(params.target)
    if lease is None or lease.holder != target:
        holder = lease.holder if lease else "nobody"
        raise MedcloudError(f"{target} does not lead {params.system} ({holder} does)", "promote it first")


def run(context: Context, params: Params) -> Evidence:
    """Release, hold, and look from every campus."""
    return change_sides(context, params.system, params.source, params.target, params.patience)


def undo(context: Context, params: Params) -> Evidence:
    """Give the address back to the source."""
    return give_back(context, params.system, params.source, params.target)
