"""Remove the bubble: instance, network and copied data."""

from __future__ import annotations

from dr.context import Context, Evidence
from inventory.model import Part


class Params(Part):
    system: str
    centre: str


def check(context: Context, params: Params) -> None:
    """Removing is always allowed."""


def run(context: Context, params: Params) -> Evidence:
    """Stop it and delete its data; a bubble that is not there is removed already."""
    context.bubble(params.system).remove(params.centre, context.run_id)
    return {"removed_from": params.centre}


def undo(context: Context, params: Params) -> Evidence:
    """A removed bubble is not made again: the next test makes its own."""
    return {}
