"""Make the centre that came back let go: its router fences itself and gives up every service address."""

from __future__ import annotations

from dr.context import Context, Evidence
from inventory.addresses import service_address
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    centre: str
    systems: tuple[str, ...]


def check(context: Context, params: Params) -> None:
    """Its router answers."""
    context.network.neighbours(params.centre)


def run(context: Context, params: Params) -> Evidence:
    """Fence the centre on its own router, then release each address for good, and read it back."""
    context.network.fence(params.centre, params.centre)
    addresses = [str(service_address(context.site.system(name))) for name in params.systems]
    for address in addresses:
        context.network.release(params.centre, address)
        if context.network.holds(params.centre, address):
            raise MedcloudError(f"{params.centre} still holds {address}")
    return {"released": addresses}


def undo(context: Context, params: Params) -> Evidence:
    """Take its own fence away; the addresses stay where they are."""
    context.network.lift(params.centre, params.centre)
    return {}
