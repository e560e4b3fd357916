"""Say at the table how long a plan would take, from what its steps took before on this site."""

from __future__ import annotations

from dr.context import Context, Evidence
from dr.forecast import forecast
from dr.plan import StepCall
from dr.result import load_results
from inventory.model import Part


class Params(Part):
    """`calls`: the calls of the plan that is walked."""

    calls: tuple[StepCall, ...]


def check(context: Context, params: Params) -> None:
    """Reckoning is always allowed."""


def run(context: Context, params: Params) -> Evidence:
    """Seconds until each service works again and until the plan's end; None where a call on the way never ran here."""
    plan = context.plan.model_copy(update={"steps": params.calls})
    found = forecast(plan, load_results(context.folder.parent))
    return {
        "predicted_rto_seconds": found.rto,
        "predicted_total_seconds": found.total,
        "critical_path": list(found.critical),
        "never_ran_here": list(found.unknown),
    }


def undo(context: Context, params: Params) -> Evidence:
    """Reckoning changes nothing."""
    return {}
