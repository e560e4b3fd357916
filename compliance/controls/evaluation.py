"""等级测评 (8.1.9.9): a listed body evaluated the system within a year."""

from __future__ import annotations

from compliance.finding import Check
from compliance.register import record_within
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.baseline import Topic


def _evaluated(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    today = snapshot.taken.date()
    return (record_within(Topic.EVALUATION, today, "一年内完成等级测评", "an evaluation lies within a year"),)


ITEMS = controls(Each("L3-CMS1-29", "site", _evaluated))
