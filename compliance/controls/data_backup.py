"""数据备份恢复 (8.1.4.9): local backup, real-time copy off site, hot redundancy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from compliance.finding import Check, Finding, Seen, check, judge, judge_each
from compliance.raw import absent, columns, shown, some
from compliance.snapshot import Evidence, Snapshot
from inventory.model import CentreRole

_LATE = 1.25  # a backup takes its time: so many intervals may lie between two


def local_backup(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-29: backups are made when they are due, and all of them could be read again."""
    for evidence in snapshot.of("database"):
        yield judge("L3-CES1-29", evidence, (_backup_tool, _recent(snapshot)))
    yield from judge_each("L3-CES1-29", snapshot, "repository", _readable)


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


def _recent(snapshot: Snapshot) -> Check:
    """The newest backup that a database's own archive knows, against the rhythm that the model declares for it."""
    declared = {name: p.backup.every for p in snapshot.site.protection if p.backup for name in p.systems}

    @check(
        "backups",
        "备份按模型规定的周期完成且加密",
        "backups come as often as declared, and encrypted",
        "检查备份库的 medcloud-backup 服务",
        "look at medcloud-backup on the repository",
    )
    def test(text: str) -> Seen:
        if absent(text):
            return False, text.strip()
        found = some(json.loads(text), "repository")
        lines = [_newest(stanza, declared.get(stanza["name"]), snapshot.taken) for stanza in found]
        return all(good for good, _ in lines), shown([line for _, line in lines])

    return test


def _newest(stanza: dict[str, Any], every: timedelta | None, now: datetime) -> Seen:
    if not stanza["backup"]:
        return False, f"{stanza['name']}: no backup ({stanza['status']['message']})"
    last = stanza["backup"][-1]
    ended = datetime.fromtimestamp(last["timestamp"]["stop"], UTC)
    line = f"{stanza['name']}: {last['label']} ended {ended:%Y-%m-%d %H:%M}Z, cipher {stanza['cipher']}"
    fresh = every is not None and now - ended <= every * _LATE
    return fresh and stanza["cipher"] != "none" and not last["error"], line


@check(
    "status",
    "全部备份与日志逐个文件校验无误",
    "every file of every backup and log was read again and is as written",
    "在备份库运行 medcloud-backup verify，重做全量备份",
    "run medcloud-backup verify on the repository, take a whole backup",
)
def _readable(text: str) -> Seen:
    found = some(list(json.loads(text).items()), "database")
    lines = [f"{name}: {(state['verified'] or {}).get('said', 'never read again')}" for name, state in found]
    return all((state["verified"] or {}).get("ok") is True for _, state in found), shown(lines)


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
