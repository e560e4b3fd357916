"""剩余信息保护，云 (8.2.4.7): storage is cleared when it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import wiped_volumes
from compliance.finding import Finding, Seen, check, judge_each
from compliance.raw import shown, table
from compliance.rules import Each, controls
from compliance.snapshot import Snapshot


@check(
    "snapshots",
    "删除卷后不留快照副本",
    "no snapshot outlives its volume",
    "删除孤立快照",
    "remove orphaned snapshots",
)
def _no_orphans(text: str) -> Seen:
    rows = table(text)
    left = [
        f"{row['name'] or row['id']}: {row['status']}"
        for row in rows
        if row["status"] in ("deleting", "error_deleting")
    ]
    return not left, shown(left) or f"{len(rows)} snapshots, none left behind"


def reclaimed(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES2-18: storage of deleted volumes is cleared; memory is the kernel's and needs an attestation."""
    yield from judge_each("L3-CES2-18", snapshot, "node", wiped_volumes())


ITEMS = MappingProxyType(
    {
        "L3-CES2-18": reclaimed,
        **controls(Each("L3-CES2-19", "node", (wiped_volumes(),)), Each("L3-CES2-19", "cloud", (_no_orphans,))),
    }
)
