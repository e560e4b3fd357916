"""外部人员访问管理 (8.1.8.4): outsiders' permission has an end, and after it no account is left."""

from __future__ import annotations

from compliance.finding import Check
from compliance.register import OUTSIDERS_END, no_account_of
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot


def _gone(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    return (no_account_of(snapshot.site, snapshot.taken.date(), external=True),)


ITEMS = controls(Each("L3-HRS1-10", "site", (OUTSIDERS_END,)), Each("L3-HRS1-11", "host", _gone))
