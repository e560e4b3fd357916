"""物理访问控制 (8.1.1.2): the door says who came."""

from __future__ import annotations

from datetime import timedelta

from compliance.finding import Check
from compliance.register import record_within
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.baseline import Topic

_SPAN = timedelta(days=31)


def _door_log(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    today = snapshot.taken.date()
    return (record_within(Topic.DOOR_LOG, today, "一个月内导出过门禁记录", "its log was exported this month", _SPAN),)


ITEMS = controls(Each("L3-PES1-03", "site", _door_log))
