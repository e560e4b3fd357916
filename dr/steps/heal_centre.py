"""Give the centre back and wait until it answers; the fence stays until it is known to be harmless."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from dr.together import together
from inventory.error import MedcloudError
from inventory.model import Part

AWAITS = ("fence-centre",)  # steps that bring about what the check asks for


class Params(Part):
    """`patience` is long, because outside a lab a person repairs. `fenced` False: the centre served nothing.
    `wait_only`: the loss is real, and whoever mends it is not asked by a drill."""

    centre: str
    fenced: bool = True
    patience: float = 3600.0
    wait_only: bool = False


def check(context: Context, params: Params) -> None:
    """The centre is fenced: it comes back believing that it serves."""
    if params.fenced:
        _require_fenced(context, params.centre, every=False)


def run(context: Context, params: Params) -> Evidence:
    """Fence it where a router came back that was dead when the others were told; read all fences back; heal."""
    if params.fenced:
        together(lambda place: context.network.fence(place, params.centre), _weak(context, params.centre)[0])
        _require_fenced(context, params.centre, every=True)
    how = "repaired by others" if params.wait_only else context.disaster.heal(params.centre)
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
    """Strike it again, if the drill healed it."""
    if params.wait_only:
        return {}
    return {"how": context.disaster.strike(params.centre)}


def _require_fenced(context: Context, centre: str, every: bool) -> None:
    """Every place fences the centre; not `every`: one that does is enough, the others are told again."""
    weak, others = _weak(context, centre)
    if weak and (every or len(weak) == len(others)):
        raise MedcloudError(f"{centre} is not fenced on {', '.join(weak)}", "fence it before it comes back")


def _weak(context: Context, centre: str) -> tuple[list[str], list[str]]:
    """The places that do not fence the centre, and all that should."""
    others = [place for place in context.network.routers() if place != centre]
    fences = together(lambda place: context.network.fence_of(place, centre), others)
    return [fence.place for fence in fences if not fence.complete], others
