"""沟通和合作 (8.1.7.4): the list of outside contacts is there and current."""

from __future__ import annotations

from compliance.finding import Check
from compliance.register import record_within
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.baseline import Topic


def _contacts(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    today = snapshot.taken.date()
    return (record_within(Topic.CONTACTS, today, "一年内更新过联系表", "the list is younger than a year"),)


ITEMS = controls(Each("L3-ORS1-11", "site", _contacts))
