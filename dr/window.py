"""May this drill run now? Refused outside the ward-safe windows, unless a person says why it must (journaled)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dr import calendar
from dr.plan import Mode, Plan
from dr.result import DrillResult
from inventory.error import refused
from inventory.model import Site

_LOOKS_ONLY = ("tabletop", "restore")  # a restore works beside production: no ward can notice


def admit(
    site: Site,
    plan: Plan,
    results: Sequence[DrillResult],
    now: datetime,
    override: str | None = None,
    rehearsal: str | None = None,
) -> dict[str, Any]:
    """What the journal says about the window: its `state` is open, none-declared, overridden, rehearsal or not-needed.

    `override` is a person's reason; `rehearsal` says why no ward can notice (a lab's machines serve none).
    MedcloudError (refused) naming the next window otherwise.
    """
    recovery = site.recovery
    if not recovery.windows and not recovery.closed and recovery.month_end == type(recovery.month_end)():
        return {"state": "none-declared"}
    if plan.mode == Mode.OUTAGE:
        return {"state": "not-needed", "why": "no drill: a centre is lost"}
    if plan.mode in _LOOKS_ONLY:
        return {"state": "not-needed", "why": f"{plan.mode} changes nothing"}
    needed = calendar.length_of(plan.name, results)
    opening = calendar.opening_now(recovery, now)
    if opening is not None and opening.end - now >= needed:
        return {"state": "open", "until": opening.end.isoformat(timespec="minutes")}
    later = calendar.next_opening(recovery, now, needed)
    known = {"next": later.begin.isoformat(timespec="minutes") if later else None}
    if override is not None:
        return {"state": "overridden", "why": override, **known}
    if rehearsal is not None:
        return {"state": "rehearsal", "why": rehearsal, **known}
    raise _refusal(site, plan, now, needed, opening, later)


def _refusal(
    site: Site,
    plan: Plan,
    now: datetime,
    needed: timedelta,
    opening: calendar.Opening | None,
    later: calendar.Opening | None,
) -> Exception:
    local = now.astimezone(calendar.zone_of(site.recovery))
    if opening is not None:
        left = int((opening.end - now).total_seconds() // 60)
        why = f"the window ends in {left} min, {plan.name} takes {int(needed.total_seconds() // 60) + 1}"
    else:
        why = calendar.closed(site.recovery, local.date()) or "the wards are at work"
    shown = f"{later.begin:%a %Y-%m-%d %H:%M} to {later.end:%a %H:%M} ({site.recovery.time_zone})" if later else "none"
    return refused(
        f"no drill at {local:%a %H:%M}: {why}; next window: {shown}",
        "wait for it, or --override-window 'the reason', which is journaled; a centre is gone: --mode outage",
    )
