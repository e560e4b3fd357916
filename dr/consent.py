"""A plan that first asks: the step `ask-person` in front of everything that changes something."""

from __future__ import annotations

from dr.order import roots
from dr.plan import Plan, StepCall
from inventory.model import Text

NAME = "ask-approvers"
_LOOKS_ONLY = ("assess-start", "assess-outage")  # steps that may run before anybody agreed


def asking(plan: Plan, patience: float = 1800.0) -> Plan:
    """The plan with approvals before its first change; a plan that asks by itself comes back as it is."""
    if any(call.step == "ask-person" for call in plan.steps):
        return plan
    first = [call for call in roots(plan) if call.step in _LOOKS_ONLY]
    before = tuple(call.name for call in first)
    params = {"name": NAME, "text": _text(plan).model_dump(), "patience": patience}
    ask = StepCall(name=NAME, step="ask-person", params=params, after=before)
    rest = tuple(_after(call, before) for call in plan.steps if call not in first)
    return plan.model_copy(update={"steps": (*first, ask, *rest)})


def _after(call: StepCall, before: tuple[str, ...]) -> StepCall:
    """A call that would begin at once, or right after looking, waits for the approvals."""
    if not call.after or set(call.after) & set(before):
        return call.model_copy(update={"after": (*call.after, NAME)})
    return call


def _text(plan: Plan) -> Text:
    moved = ", ".join(plan.moved)
    return Text(
        zh=f"执行 {plan.name}（{plan.mode}）：{plan.source} → {plan.target}，涉及 {moved}",
        en=f"Run {plan.name} ({plan.mode}): {plan.source} → {plan.target}, moving {moved}",
    )
