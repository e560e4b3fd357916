"""授权和审批 (8.1.7.3): changes are asked for, approved and on record."""

from __future__ import annotations

from compliance.history import APPLIED
from compliance.register import records_complete
from compliance.rules import Each, controls
from inventory.baseline import Topic

_APPROVED = records_complete(
    Topic.CHANGE, "变更单均有批准人", "every change has somebody who approved it", "approved_by"
)

ITEMS = controls(
    Each("L3-ORS1-07", "records", (APPLIED,)),
    Each("L3-ORS1-07", "site", (_APPROVED,)),
)
