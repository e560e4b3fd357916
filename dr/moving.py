"""Moving a service address between two centres, shared by the steps that do it."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from dr.lease import take, token_of
from dr.together import together
from inventory.addresses import service_address
from inventory.error import MedcloudError


def change_sides(context: Context, system: str, source: str, target: str, patience: float) -> Evidence:
    """Move the system's service address to the target and look from every campus that it is reached there."""
    address = str(service_address(context.site.system(system)))
    token = token_of(context, system, target)
    released = move(context, source, target, address, token)
    return {
        "address": address,
        "token": token,
        "released": released,
        "held_by": target,
        "seen_from": campuses_see(context, target, address, patience),
    }


def give_back(context: Context, system: str, source: str, target: str) -> Evidence:
    """Undo `change_sides`: the source holds the lease and the system's address again."""
    address = str(service_address(context.site.system(system)))
    if context.leases.grant(system) is not None:
        take(context, system, target, source)
    move(context, target, source, address, token_of(context, system, source))
    return {"address": address, "held_by": source}


def move(context: Context, source: str, target: str, address: str, token: int) -> str:
    """Let the target hold the address instead of the source; says how the source lost it.

    A source that every other router fences cannot be heard, so the target takes the address at once; it is released
    there when it comes back. Any other must let go before: MedcloudError when it does not, or two would hold it.
    """
    lost = _fenced_everywhere(context, source)
    if not lost:
        context.network.release(source, address)
    context.network.hold(target, address, token)
    if not context.network.holds(target, address):
        raise MedcloudError(f"{target} does not hold {address} although it was told to")
    return "fenced" if lost else "released"


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


def _fenced_everywhere(context: Context, place: str) -> bool:
    others = [other for other in context.network.routers() if other != place]
    return all(fence.complete for fence in together(lambda other: context.network.fence_of(other, place), others))
