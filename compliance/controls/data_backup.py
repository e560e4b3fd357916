"""数据备份恢复 (8.1.4.9): local backup, real-time copy off site, hot redundancy."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Finding, Seen, check, judge, judge_each
from compliance.raw import absent, columns, shown
from compliance.snapshot import Evidence, Snapshot
from inventory.model import CentreRole


def local_backup(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-29: something makes backups that can be restored."""
    yield from judge_each("L3-CES1-29", snapshot, "database", _backup_tool)


def off_site(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-30: a member in another city receives changes as they happen."""
    home = snapshot.site.centre_of_role(CentreRole.PRODUCTION).city
    for evidence in snapshot.of("database"):
        if snapshot.site.centre(evidence.place).city != home:
            yield judge("L3-CES1-30", evidence, (_receives,))


def hot_redundancy(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-31: each primary has a synchronous standby."""
    primaries = [evidence for evidence in snapshot.of("database") if _is_primary(evidence)]
    for evidence in primaries or snapshot.of("database")[:1]:
        yield judge("L3-CES1-31", evidence, (_synchronous,))


def _is_primary(evidence: Evidence) -> bool:
    return evidence.sections.get("recovery", "").strip() == "f"


@check(
    "backup_tools",
    "本地备份已配置",
    "a local backup is configured",
    "配置 pgBackRest 并做恢复验证",
    "configure pgBackRest and prove a restore",
)
def _backup_tool(text: str) -> Seen:
    return not absent(text), text.strip()


@check(
    "receiver",
    "异地成员实时接收日志",
    "the remote member receives changes as they happen",
    "恢复异地复制",
    "repair the replication to the other city",
)
def _receives(text: str) -> Seen:
    return text.strip().startswith("streaming"), text.strip() or "no WAL receiver"


@check(
    "replication",
    "主库有同步热备",
    "the primary has a synchronous standby",
    "恢复同城同步成员",
    "bring the synchronous member back",
)
def _synchronous(text: str) -> Seen:
    rows = columns(text)
    good = [row for row in rows if row[2] == "streaming" and row[3] in ("sync", "quorum")]
    return bool(good), shown(["|".join(row) for row in good or rows]) or "no standby streams"


ITEMS = MappingProxyType(
    {
        "L3-CES1-29": local_backup,
        "L3-CES1-30": off_site,
        "L3-CES1-31": hot_redundancy,
    }
)
