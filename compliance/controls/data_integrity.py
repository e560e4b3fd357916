"""数据完整性 (8.1.4.7): in transit and at rest."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import FORWARDED_SAFELY, PACS_TLS, database_tls, https_endpoints, only_tls_remote
from compliance.finding import Finding, Seen, check, judge_each
from compliance.raw import setting
from compliance.snapshot import Snapshot


def in_transit(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-25: what travels cannot be changed unnoticed."""
    yield from judge_each("L3-CES1-25", snapshot, "database", database_tls(), only_tls_remote())
    yield from judge_each("L3-CES1-25", snapshot, "cloud", https_endpoints())
    yield from judge_each("L3-CES1-25", snapshot, "pacs", PACS_TLS)
    yield from judge_each("L3-CES1-25", snapshot, "host", FORWARDED_SAFELY)


def at_rest(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-26: what is stored cannot rot unnoticed."""
    yield from judge_each("L3-CES1-26", snapshot, "database", _checksums)


@check(
    "settings",
    "数据库页校验和已启用",
    "data page checksums are on",
    "initdb --data-checksums 或 pg_checksums --enable",
    "enable them with pg_checksums",
)
def _checksums(text: str) -> Seen:
    value, line = setting(text, "data_checksums")
    return value == "on", line or "data_checksums: not shown"


ITEMS = MappingProxyType({"L3-CES1-25": in_transit, "L3-CES1-26": at_rest})
