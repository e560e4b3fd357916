"""Whether each failover plan would work now, and which of its checks says no; nothing while nobody judged it."""

from __future__ import annotations

from collections.abc import Iterator

from monitors.facts import Facts
from monitors.reading import Unread
from monitors.sample import Sample

_GO = "go"


def collect(facts: Facts) -> Iterator[Sample]:
    """1 or 0 per plan, one sample per check with its word, and when that was judged. Unknown counts as not ready."""
    ready = facts.readiness
    if ready is None or isinstance(ready, Unread):
        return
    for plan, checks in ready.plans.items():
        go = bool(checks) and all(word == _GO for word in checks.values())
        yield Sample("medcloud_dr_ready", "1 when every check of the failover plan says go", float(go), {"plan": plan})
        for check, word in checks.items():
            labels = {"plan": plan, "check": check, "word": word}
            yield Sample(
                "medcloud_dr_check", "1 when the check says go; word: go, no-go, unknown", float(word == _GO), labels
            )
    yield Sample("medcloud_dr_ready_time_seconds", "When readiness was last judged", ready.taken.timestamp())
