"""Give the centre back and wait until it answers; the fence stays until it is known to be harmless."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from dr.together import together
from inventory.error import MedcloudError
from inventory.model import Part

AWAITS = ("fence-centre",)  # steps that bring about what the check asks for


class Params(Part):
    """`patience` is long, because outside a lab a person repairs. `fenced` False: the centre served nothing."""

    centre: str
    fenced: bool = True
    patience: float = 3600.0


def check(context: Context, params: Params) -> None:
    """Every surviving router still fences the centre: it comes back believing that it serves."""
    if not params.fenced:
        return
    others = [place for place in context.network.routers() if place != params.centre]
    fences = together(lambda place: context.network.fence_of(place, params.centre), others)
    weak = [fence.place for fence in fences if not fence.complete]
    if weak:
        raise MedcloudError(f"{params.centre} is not fenced on {', '.join(weak)}", "fence it before it comes back")


def run(context: Context, params: Params) -> Evidence:
    """Heal; the centre's own router is the first to be asked."""
    how = context.disaster.heal(params.centre)
    context.network.forget(params.centre)
    wait_until(
        context.clock,
        f"the router of {params.centre} to answer",
        lambda: bool(context.network.neighbours(params.centre)),
        params.patience,
        every=0.5,
    )
    return {"how": how}


def undo(context: Context, params: Params) -> Evidence:
    """Strike it again."""
    return {"how": context.disaster.strike(params.centre)}
