"""数据保密性 (8.1.4.8): encrypted in transit and at rest."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import PACS_TLS, database_tls, https_endpoints, only_tls_remote
from compliance.finding import Finding, Seen, Words, check, judge, judge_each, not_applicable
from compliance.raw import shown, table
from compliance.snapshot import Snapshot


def in_transit(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-27: nobody reads along."""
    yield from judge_each("L3-CES1-27", snapshot, "database", database_tls(), only_tls_remote())
    yield from judge_each("L3-CES1-27", snapshot, "cloud", https_endpoints())
    yield from judge_each("L3-CES1-27", snapshot, "pacs", PACS_TLS)


def at_rest(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-28: volumes are encrypted."""
    for evidence in snapshot.of("cloud"):
        if evidence.sections.get("volumes") == "[]":
            yield not_applicable("L3-CES1-28", evidence, Words("该云没有数据卷", "this cloud holds no volume"))
        else:
            yield judge("L3-CES1-28", evidence, (_encrypted,))


@check(
    "volumes",
    "数据卷加密存储",
    "volumes are encrypted at rest",
    "采用加密卷类型（LUKS）",
    "use an encrypted volume type (LUKS)",
)
def _encrypted(text: str) -> Seen:
    rows = table(text)
    plain = [f"{row['name']}: encrypted={row['encrypted']}" for row in rows if not row["encrypted"]]
    return not plain, shown(plain) or f"{len(rows)} volumes, all encrypted"


ITEMS = MappingProxyType({"L3-CES1-27": in_transit, "L3-CES1-28": at_rest})
