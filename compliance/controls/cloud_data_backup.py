"""数据备份恢复，云 (8.2.4.6): where data lies can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, Words, judge, not_applicable
from compliance.raw import shown, table
from compliance.snapshot import Snapshot


def location(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES2-15: the platform says where a tenant's data is."""
    for evidence in snapshot.of("cloud"):
        if evidence.sections.get("volumes") == "[]":
            yield not_applicable("L3-CES2-15", evidence, Words("该云没有数据卷", "this cloud holds no volume"))
        else:
            yield judge("L3-CES2-15", evidence, (_SHOWN,))


def _location_shown(text: str) -> Seen:
    rows = table(text)
    unknown = [row["name"] for row in rows if not row["host"] or not row["zone"]]
    return not unknown, shown(unknown) or f"{len(rows)} volumes, e.g. {rows[0]['name']} at {rows[0]['host']}"


_SHOWN = Check(
    "volumes",
    _location_shown,
    Words("可查询数据卷的存放位置", "a volume's location can be asked"),
    Words("检查 Cinder 服务", "check Cinder's services"),
)

ITEMS = MappingProxyType({"L3-CES2-15": location})
