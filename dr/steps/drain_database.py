"""Close the door and let the last patient out: the source gives the address up, then waits until nobody is at work."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from dr.lease import token_of
from dr.serving import require_serving
from inventory.addresses import service_address
from inventory.model import Part


class Params(Part):
    """`patience`: seconds that a transaction under way may still take."""

    system: str
    source: str
    target: str
    patience: float = 30.0


def check(context: Context, params: Params) -> None:
    """The source serves, or it was drained before by a try that was cut off."""
    address = str(service_address(context.site.system(params.system)))
    if context.network.holds(params.source, address):
        require_serving(context, params.source, [params.system])


def run(context: Context, params: Params) -> Evidence:
    """Release the address, so that no new work arrives, and wait until no session is in a transaction."""
    address = str(service_address(context.site.system(params.system)))
    context.network.release(params.source, address)
    database = context.database(params.system)

    def idle() -> bool:
        return database.busy() == 0

    wait_until(context.clock, f"the last transaction on {params.system} to end", idle, params.patience, every=0.1)
    return {"released": address, "busy_sessions": 0}


def undo(context: Context, params: Params) -> Evidence:
    """Let the source serve again, unless another member leads by now."""
    address = str(service_address(context.site.system(params.system)))
    database = context.database(params.system)
    lease = database.lease()
    if lease is None or lease.holder != database.member_of(params.source):
        return {"kept": address}
    context.network.hold(params.source, address, token_of(context, params.system, params.source))
    return {"held_by": params.source}
