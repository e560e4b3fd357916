"""剩余信息保护 (8.1.4.10): storage is cleared before somebody else gets it."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import wiped_volumes
from compliance.finding import Finding, judge_each
from compliance.snapshot import Snapshot


def sensitive_data(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-33: storage of sensitive data is cleared before reuse."""
    yield from judge_each("L3-CES1-33", snapshot, "node", wiped_volumes())


ITEMS = MappingProxyType({"L3-CES1-33": sensitive_data})
