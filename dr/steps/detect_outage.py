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
    observers = _observers(context, params.centre)
    since: list[float] = []

    def gone() -> bool:
        if not all(together(lambda place: _lost(context, place, params.centre), observers)):
            since.clear()
            return False
        since.append(context.clock.monotonic())
        return since[-1] - since[0] >= params.confirm

    wait_until(context.clock, f"the loss of every line to {params.centre}", gone, params.patience, every=0.2)
    return {"observers": list(observers), "confirmed_for_seconds": params.confirm}


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}


def _observers(context: Context, centre: str) -> tuple[str, ...]:
    asn = context.site.centre(centre).asn
    others = [place for place in context.network.routers() if place != centre]
    seen = together(context.network.neighbours, others)
    return tuple(place for place, found in zip(others, seen, strict=True) if any(n.asn == asn for n in found))


def _lost(context: Context, place: str, centre: str) -> bool:
    asn = context.site.centre(centre).asn
    return not any(n.established for n in context.network.neighbours(place) if n.asn == asn)
