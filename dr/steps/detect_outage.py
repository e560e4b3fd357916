"""See that the centre is gone: every surviving router that has lines to it must have lost all of them, for a while."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from dr.together import together
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    """All lines must be down for `confirm` seconds; `patience` is long, because outside a lab a person strikes."""

    centre: str
    confirm: float = 1.0
    patience: float = 3600.0


def check(context: Context, params: Params) -> None:
    """At least one surviving router is a neighbour of the centre, or nobody could tell."""
    if not _observers(context, params.centre):
        raise MedcloudError(f"no surviving router has a line to {params.centre}")


def run(context: Context, params: Params) -> Evidence:
    """Wait until all observers agree."""
    asn, places = context.site.centre(params.centre).asn, _others(context, params.centre)
    since: list[float] = []
    seen: set[str] = set()

    def gone() -> bool:
        sessions = _sessions(context, places, asn)
        seen.update(place for place, found in sessions.items() if found)
        if not seen or any(any(found) for found in sessions.values()):
            since.clear()
            return False
        since.append(context.clock.monotonic())
        return since[-1] - since[0] >= params.confirm

    wait_until(context.clock, f"the loss of every line to {params.centre}", gone, params.patience, every=0.1)
    observers = [place for place in places if place in seen]
    return {"observers": observers, "confirmed_for_seconds": params.confirm}


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}


def _observers(context: Context, centre: str) -> tuple[str, ...]:
    sessions = _sessions(context, _others(context, centre), context.site.centre(centre).asn)
    return tuple(place for place, found in sessions.items() if found)


def _others(context: Context, centre: str) -> list[str]:
    return [place for place in context.network.routers() if place != centre]


def _sessions(context: Context, places: list[str], asn: int) -> dict[str, list[bool]]:
    """Of each place: which of its sessions with that AS are established, in one look at all at once."""
    found = together(context.network.neighbours, places)
    return {
        place: [n.established for n in neighbours if n.asn == asn]
        for place, neighbours in zip(places, found, strict=True)
    }
