"""Lift the fence once the returned centre is harmless: it holds no service address and its database follows."""

from __future__ import annotations

from dr.context import Context, Evidence
from dr.together import together
from inventory.addresses import service_address
from inventory.error import MedcloudError
from inventory.model import Part

AWAITS = ("promote-database", "release-centre")  # steps that bring about what the check asks for


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
    """Lift it on the other routers, then on the centre's own, and read it back."""
    network = context.network
    others = [place for place in network.routers() if place != params.centre]
    together(lambda place: network.lift(place, params.centre), others)
    network.lift(params.centre, params.centre)
    fences = together(lambda place: network.fence_of(place, params.centre), [*others, params.centre])
    standing = [fence.place for fence in fences if fence.active]
    if standing:
        raise MedcloudError(f"the fence of {params.centre} still stands on {', '.join(standing)}")
    return {"lifted_on": [fence.place for fence in fences]}


def undo(context: Context, params: Params) -> Evidence:
    """Fence it again."""
    for place in context.network.routers():
        context.network.fence(place, params.centre)
    return {}
