"""设备维护管理 (8.1.10.4): what is thrown away was wiped, and a record says so."""

from __future__ import annotations

from compliance.register import records_complete
from compliance.rules import Each, controls
from inventory.baseline import Topic

_WIPED = records_complete(
    Topic.DISPOSAL, "报废清除有记录与批准", "disposals have a record and an approval", "approved_by"
)

ITEMS = controls(Each("L3-MMS1-12", "site", (_WIPED,)))
