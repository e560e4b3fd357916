"""A plan that asks first asks before anything changes, and once."""

from __future__ import annotations

from dr.consent import NAME, asking
from dr.order import Ready, refuse_disorder, roots
from dr.plan import StepCall
from dr.planner import standard
from inventory.model import Site
from tests.dr.fakes import PRODUCTION


def test_nothing_that_changes_something_may_begin_before_the_approvals(xiamen: Site) -> None:
    plan = asking(standard(xiamen, "same-city-failover"))
    refuse_disorder(plan)
    ready = Ready(plan)
    begun = []
    while (name := ready.take()) is not None:
        begun.append(name)
        if name == NAME:
            break
        ready.done(name)
    assert begun in ([NAME], ["assess-start", NAME]) and ready.take() is None
    call = next(call for call in plan.steps if call.name == NAME)
    assert call.step == "ask-person" and PRODUCTION in call.params["text"]["en"]


def test_looking_may_come_first(xiamen: Site) -> None:
    base = standard(xiamen, "production-failback")
    look = StepCall(name="look", step="assess-start", params={})
    work = StepCall(name="work", step="strike-centre", params={}, after=("look",))
    plan = asking(base.model_copy(update={"steps": (look, work)}))
    assert [call.name for call in roots(plan)] == ["look"]
    assert {call.name: call.after for call in plan.steps} == {"look": (), NAME: ("look",), "work": ("look", NAME)}


def test_a_plan_that_asks_by_itself_is_left_alone(xiamen: Site) -> None:
    once = asking(standard(xiamen, "same-city-failover"))
    assert asking(once) == once and once.hash != standard(xiamen, "same-city-failover").hash
