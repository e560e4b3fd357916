"""安全事件处置 (8.1.10.12): incidents are analysed and summed up in writing."""

from __future__ import annotations

from compliance.register import records_complete
from compliance.rules import Each, controls
from inventory.baseline import Topic

_SUMMED_UP = records_complete(
    Topic.INCIDENT, "安全事件有分析报告与签发人", "incidents have a signed report", "file", "approved_by"
)

ITEMS = controls(Each("L3-MMS1-39", "site", (_SUMMED_UP,)))
