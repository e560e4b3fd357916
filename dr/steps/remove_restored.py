"""Remove the restored copy: instance and data."""

from __future__ import annotations

from dr.context import Context, Evidence
from inventory.model import Part


class Params(Part):
    system: str


def check(context: Context, params: Params) -> None:
    """Removing is always allowed."""


def run(context: Context, params: Params) -> Evidence:
    """Stop it and delete its data; a copy that is not there is removed already."""
    context.backup(params.system).remove(context.run_id)
    return {"removed": params.system}


def undo(context: Context, params: Params) -> Evidence:
    """A removed copy is not made again: the next restore makes its own."""
    return {}
