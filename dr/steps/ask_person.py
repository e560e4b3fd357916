"""Ask people: two approvers of name sign exactly what is asked, each with a key of their own, before it goes on."""

from __future__ import annotations

from dr.approval import await_approvals
from dr.approvers import require
from dr.context import Context, Evidence
from inventory.model import Part, Text


class Params(Part):
    """What is asked, and for how many seconds; `name` is the request's, unique in the plan."""

    name: str = "ask-person"
    text: Text
    patience: float = 1800.0


def preflight(context: Context, params: Params) -> None:
    """Enough approvers can sign: found out before anything moves, not in the middle."""
    require(context.site, context.approvers)


def check(context: Context, params: Params) -> None:
    """Enough approvers can still sign."""
    require(context.site, context.approvers)


def run(context: Context, params: Params) -> Evidence:
    """Wait for the signatures; those that were given before a crash count."""
    return await_approvals(context, params.name, params.text, params.patience)


def undo(context: Context, params: Params) -> Evidence:
    """What was asked and signed stays in the run's folder."""
    return {}
