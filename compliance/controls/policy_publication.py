"""制定和发布、评审和修订 (8.1.6.3, 8.1.6.4): policies carry version and approval, and are looked at yearly."""

from __future__ import annotations

from compliance.finding import Check
from compliance.register import record_within, records_complete
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.baseline import Topic

_FIELDS = ("version", "approved_by", "file")
_VERSIONED = records_complete(Topic.POLICY, "制度有版本、批准人与文件", "policies are versioned and approved", *_FIELDS)


def _reviewed(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    today = snapshot.taken.date()
    return (record_within(Topic.POLICY, today, "一年内评审或修订过制度", "a policy was reviewed within a year"),)


ITEMS = controls(Each("L3-PSS1-06", "site", (_VERSIONED,)), Each("L3-PSS1-07", "site", _reviewed))
