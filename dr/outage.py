"""Where each second of an outage went: the ward's gap, cut at the ends of the steps that ran meanwhile; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from inventory.part import Part

FIRST = "first transaction"  # what is left after the last step that ended within the gap


class Share(Part):
    """So many seconds of the gap until the end of the step of that name."""

    name: str
    seconds: float


def shares(ends: Iterable[tuple[str, str]], last_before: str, first_after: str) -> tuple[Share, ...]:
    """The gap's shares in order; they add up to it. `ends` are the steps' names and ends, all times ISO 8601.

    Steps may run side by side: a share is what the gap still lasted when that step ended after the one before.
    """
    at, end = datetime.fromisoformat(last_before), datetime.fromisoformat(first_after)
    found = []
    for name, ended in sorted(ends, key=lambda item: datetime.fromisoformat(item[1])):
        until = min(datetime.fromisoformat(ended), end)
        if until <= at:
            continue
        found.append(Share(name=name, seconds=round((until - at).total_seconds(), 3)))
        at = until
    if at < end:
        found.append(Share(name=FIRST, seconds=round((end - at).total_seconds(), 3)))
    return tuple(found)
