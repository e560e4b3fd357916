"""Make a system's copy in a bubble: from the DR centre's own copy, with a network of its own and no route."""

from __future__ import annotations

from dr.context import Context, Evidence
from inventory.error import MedcloudError
from inventory.model import Part

_SPARE = 1.2  # the copy and what it writes meanwhile


class Params(Part):
    system: str
    centre: str


def check(context: Context, params: Params) -> None:
    """There is room for a copy beside the real one, which must not be filled up by it."""
    room = context.bubble(params.system).room(params.centre)
    if room.needed * _SPARE > room.free:
        raise MedcloudError(
            f"a copy of {params.system} takes {room.needed:,} bytes, {params.centre} has {room.free:,} free",
            "give its disk more room, or leave the system out of this test",
        )


def run(context: Context, params: Params) -> Evidence:
    """Copy and start; a bubble of this run that stands already stays. What its network is comes with the evidence."""
    bubble = context.bubble(params.system)
    evidence = bubble.make(params.centre, context.run_id)
    isolation = bubble.isolation(params.centre, context.run_id, ())
    if not isolation.complete:
        bubble.remove(params.centre, context.run_id)
        raise MedcloudError(
            f"the bubble of {params.system} is not isolated: {', '.join(isolation.interfaces)}, "
            f"{isolation.routes} routes; it was removed"
        )
    return evidence


def undo(context: Context, params: Params) -> Evidence:
    """Remove it."""
    context.bubble(params.system).remove(params.centre, context.run_id)
    return {}
