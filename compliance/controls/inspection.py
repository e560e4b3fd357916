"""审核和检查 (8.1.7.5): this product's own audits are the checks: every quarter, in full every year, kept on file."""

from __future__ import annotations

from compliance.finding import Check
from compliance.history import QUARTER, YEAR, audited
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot


def _quarterly(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    return (audited(snapshot.taken, QUARTER, "一季度内做过常规检查", "an earlier check lies within a quarter"),)


def _yearly(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    return (audited(snapshot.taken, YEAR, "一年内做过全面检查", "an earlier full check lies within a year"),)


def _reported(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    return (audited(snapshot.taken, YEAR, "检查结果已存档汇总", "results of a check are on file"),)


ITEMS = controls(
    Each("L3-ORS1-12", "records", _quarterly),
    Each("L3-ORS1-13", "records", _yearly),
    Each("L3-ORS1-14", "records", _reported),
)
