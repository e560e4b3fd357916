"""Take the centre away: in a lab the injected disaster does it, elsewhere the person who rehearses with us."""

from __future__ import annotations

from dr.context import Context, Evidence
from inventory.model import Part


class Params(Part):
    centre: str


def check(context: Context, params: Params) -> None:
    """Nothing to ask: `start-ledger` has proved that everything is well."""


def run(context: Context, params: Params) -> Evidence:
    """Strike; says who did what and when (UTC)."""
    at = context.clock.now()
    how = context.disaster.strike(params.centre)
    context.network.forget(params.centre)
    return {"how": how, "at": at.isoformat(), "wall": at.timestamp()}


def undo(context: Context, params: Params) -> Evidence:
    """Give the centre back."""
    return {"how": context.disaster.heal(params.centre)}
