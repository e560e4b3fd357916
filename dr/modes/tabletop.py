"""Another plan walked at the table: every step's check is asked, nothing is done, and that is proved.

How long it would take is predicted from what its steps took before on this site.
"""

from __future__ import annotations

from collections.abc import Sequence

from dr.modes import Calls
from dr.plan import Params, StepCall


def build(plan: Sequence[StepCall]) -> list[StepCall]:
    """The calls of walking that plan: its guards really hold, the others are asked side by side."""
    calls = Calls()
    first, *rest = plan
    calls.found.append(first)
    noted = calls.add("note-state", (first.name,))
    said = [call.model_dump(mode="json") for call in plan]
    walked = [*calls.add("predict-times", noted, calls=said)]
    for call in rest:
        before = [earlier.step for earlier in plan[: plan.index(call)]]
        params: Params = {"step": call.step, "params": call.params, "before": before}
        walked += calls.add("walk-step", noted, name=f"walk-{call.name}", **params)
    calls.add("compare-state", walked)
    return calls.found
