"""Walk one step of another plan at the table: ask its check with hands tied, and do nothing."""

from __future__ import annotations

from typing import Any

from dr import steps
from dr.context import Context, Evidence
from dr.result import Verdict
from dr.tied import tied
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    """The step and its parameters; `before`: the steps that the plan has done by then."""

    step: str
    params: dict[str, Any]
    before: tuple[str, ...] = ()


def check(context: Context, params: Params) -> None:
    """The step exists and takes these parameters."""
    steps.find(params.step).Params.model_validate(params.params)


def run(context: Context, params: Params) -> Evidence:
    """Ask once. What the check finds lacking is foreseen where a step before it will bring that about, else missed."""
    step = steps.find(params.step)
    inner = step.Params.model_validate(params.params)
    awaits = [name for name in getattr(step, "AWAITS", ()) if name in params.before]
    try:
        step.check(tied(context), inner)
    except MedcloudError as error:
        if awaits:
            return {"answer": f"not yet: {error.message}", "brought_about_by": awaits, "verdict": Verdict.MET}
        return {"answer": f"no: {error.message}", "hint": error.hint, "verdict": Verdict.MISSED}
    return {"answer": "could run now", "verdict": Verdict.MET}


def undo(context: Context, params: Params) -> Evidence:
    """Nothing was done."""
    return {}
