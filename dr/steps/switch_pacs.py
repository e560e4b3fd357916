"""Send the wards to the target's picture archive: it must answer before the address moves."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from dr.moving import campuses_see, move
from inventory.addresses import service_address
from inventory.model import Part


class Params(Part):
    system: str
    source: str
    target: str
    patience: float = 30.0


def check(context: Context, params: Params) -> None:
    """The target's archive answers."""
    archive = context.imaging(params.system)
    wait_until(
        context.clock,
        f"{params.system} in {params.target} to answer",
        lambda: archive.answers(params.target),
        params.patience,
    )


def run(context: Context, params: Params) -> Evidence:
    """Move the archive's address."""
    address = str(service_address(context.site.system(params.system)))
    released = move(context, params.source, params.target, address)
    return {
        "address": address,
        "released": released,
        "held_by": params.target,
        "seen_from": campuses_see(context, params.target, address, params.patience),
    }


def undo(context: Context, params: Params) -> Evidence:
    """Give the address back to the source."""
    address = str(service_address(context.site.system(params.system)))
    move(context, params.target, params.source, address)
    return {"address": address, "held_by": params.source}
