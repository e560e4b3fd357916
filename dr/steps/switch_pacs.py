"""Send the wards to the target's picture archive: it must answer before the address moves."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from dr.moving import change_sides, give_back
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
    return change_sides(context, params.system, params.source, params.target, params.patience)


def undo(context: Context, params: Params) -> Evidence:
    """Give the address back to the source."""
    return give_back(context, params.system, params.source, params.target)
