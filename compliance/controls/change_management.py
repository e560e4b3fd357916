"""变更管理 (8.1.10.10): changes are asked for, approved, recorded, and can be taken back."""

from __future__ import annotations

from compliance.finding import Check
from compliance.history import APPLIED, drilled
from compliance.register import records_complete
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.baseline import Topic

_FIELDS = ("file", "approved_by")
_COMPLETE = records_complete(Topic.CHANGE, "变更单有方案与批准人", "changes have a plan and an approval", *_FIELDS)


def _taken_back(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    modes = ("failback",)
    return (drilled(snapshot.taken, modes, "一年内演练过恢复原状（回切）", "going back was rehearsed within a year"),)


ITEMS = controls(
    Each("L3-MMS1-31", "site", (_COMPLETE,)),
    Each("L3-MMS1-32", "records", (APPLIED,)),
    Each("L3-MMS1-33", "drill", _taken_back),
)
