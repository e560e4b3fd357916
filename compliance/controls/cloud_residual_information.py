"""剩余信息保护，云 (8.2.4.7): storage is cleared when it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import wiped_volumes
from compliance.finding import Finding, judge_each
from compliance.snapshot import Snapshot


def reclaimed(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES2-18: storage of deleted volumes is cleared; memory is the kernel's and needs an attestation."""
    yield from judge_each("L3-CES2-18", snapshot, "node", wiped_volumes())


ITEMS = MappingProxyType({"L3-CES2-18": reclaimed})
