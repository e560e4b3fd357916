"""Lift the fence once the returned centre is harmless: it holds no service address and its database follows."""

from __future__ import annotations

from dr.context import Context, Evidence
from inventory.addresses import service_address
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    centre: str
    system: str


def check(context: Context, params: Params) -> None:
    """Not the leader, not holding any service address that moved."""
    database = context.database(params.system)
    lease = database.lease()
    if lease is not None and lease.holder == database.member_of(params.centre):
        raise MedcloudError(f"{lease.holder} leads: the fence of {params.centre} stays")
    for name in context.plan.moved:
        address = str(service_address(context.site.system(name)))
        if context.network.holds(params.centre, address):
            raise MedcloudError(f"{params.centre} holds {address}: its fence stays", "release the address there first")


def run(context: Context, params: Params) -> Evidence:
    """Lift it on every router, the centre's own last, and read it back."""
    places = sorted(context.network.routers(), key=lambda place: place == params.centre)
    for place in places:
        context.network.lift(place, params.centre)
    standing = [place for place in places if context.network.fence_of(place, params.centre).active]
    if standing:
        raise MedcloudError(f"the fence of {params.centre} still stands on {', '.join(standing)}")
    return {"lifted_on": places}


def undo(context: Context, params: Params) -> Evidence:
    """Fence it again."""
    for place in context.network.routers():
        context.network.fence(place, params.centre)
    return {}
