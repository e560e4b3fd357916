"""Moving a service address between two centres, shared by the steps that do it."""

from __future__ import annotations

from dr.context import Context, wait_until
from inventory.error import MedcloudError


def give_up(context: Context, place: str, address: str) -> str:
    """Let the place's router release the address; one that cannot be reached is behind the fence. Says which it was.

    Raises MedcloudError when an unreachable router is not fenced on the others: then two would hold the address.
    """
    try:
        context.network.release(place, address)
        return "released"
    except MedcloudError:
        others = [other for other in context.network.routers() if other != place]
        open_ones = [other for other in others if not context.network.fence_of(other, place).complete]
        if open_ones:
            raise MedcloudError(
                f"{place} cannot be reached to release {address} and is not fenced on {', '.join(open_ones)}",
                "fence the centre first",
            ) from None
        return "not reachable, fenced"


def take(context: Context, place: str, address: str) -> None:
    """Let the place's router hold the address and read it back."""
    context.network.hold(place, address)
    if not context.network.holds(place, address):
        raise MedcloudError(f"{place} does not hold {address} although it was told to")


def campuses_see(context: Context, place: str, address: str, patience: float) -> dict[str, list[str]]:
    """Wait until the best route of every campus leads to the place; campus -> interfaces in use."""
    asn = context.site.centre(place).asn
    present = set(context.network.routers())
    found = {}
    for campus in (campus.name for campus in context.site.campuses if campus.name in present):

        def seen(campus: str = campus) -> list[str] | None:
            route = context.network.route(campus, address)
            return list(route.interfaces) if route and route.origin_asn == asn and route.interfaces else None

        found[campus] = wait_until(context.clock, f"{campus} to reach {address} in {place}", seen, patience, 0.1)
    return found
