"""安全审计，计算环境 (8.1.4.3): audit is on, says who did what when, is kept safe and cannot be stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import RECORD_SAMPLE, clock, forwarding, retention, rotation
from compliance.finding import Finding, Seen, check, judge_each
from compliance.raw import absent, line_with, lines_with, setting, shown
from compliance.snapshot import Snapshot

_IDENTITY_FILES = ("/etc/passwd", "/etc/shadow", "/etc/sudoers")


def audit_on(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-12: audit covers every user and important events."""
    yield from judge_each("L3-CES1-12", snapshot, "host", _auditd, _rules, _loaded)
    yield from judge_each("L3-CES1-12", snapshot, "database", _connections, _statements)


def record_fields(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-13: records say when, who, what and how it ended; the clock is right."""
    yield from judge_each("L3-CES1-13", snapshot, "host", RECORD_SAMPLE, clock())
    yield from judge_each("L3-CES1-13", snapshot, "database", _prefix)


def records_kept(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-14: records are protected and backed up."""
    days = snapshot.baseline.log_retention_days
    yield from judge_each("L3-CES1-14", snapshot, "host", _modes, retention(days), rotation(days), forwarding())


def audit_unstoppable(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-15: nobody stops the audit without authority."""
    yield from judge_each("L3-CES1-15", snapshot, "host", _refuse_stop)


@check(
    "auditd",
    "auditd 正在运行",
    "auditd runs",
    "启动 auditd（容器内核不允许时在宿主机启用）",
    "start auditd (or on the host that owns the kernel)",
)
def _auditd(text: str) -> Seen:
    first = text.strip().splitlines()[0] if text.strip() else ""
    return first == "active", first or "no output"


@check(
    "audit_rules",
    "审计规则覆盖账户与授权文件",
    "rules watch account and privilege files",
    "安装审计规则",
    "install audit rules",
)
def _rules(text: str) -> Seen:
    watched = [line_with(text, rf"{file}\b") for file in _IDENTITY_FILES]
    return not absent(text) and all(watched), shown([line for line in watched if line]) or text.strip()


@check("auditd", "规则已载入内核", "the rules are loaded", "augenrules --load", "load them with augenrules")
def _loaded(text: str) -> Seen:
    rules = lines_with(text, r"^-[wa] ")
    reason = line_with(text, r"No rules|Error|not permitted|absent:")
    return bool(rules), f"{len(rules)} rules loaded, e.g. {rules[0]}" if rules else reason or "no rule is loaded"


@check(
    "log_files",
    "审计记录不被他人改动或读取",
    "records are closed to others",
    "权限收紧到 640",
    "tighten their modes to 640",
)
def _modes(text: str) -> Seen:
    rows = [line for line in text.splitlines() if line]
    wide = [line for line in rows if int(line.split()[0], 8) & (0o022 if line.endswith("journal") else 0o027)]
    kept = [line for line in wide if not line.endswith("/var/log/journal")]
    return bool(rows) and not kept, shown(kept) or shown(rows)


@check(
    "audit_unit",
    "审计服务拒绝手工停止",
    "the audit service refuses to be stopped",
    "auditd.service: RefuseManualStop=yes",
    "keep RefuseManualStop=yes in auditd.service",
)
def _refuse_stop(text: str) -> Seen:
    loaded, refuse = setting(text, "LoadState"), setting(text, "RefuseManualStop")
    return loaded[0] == "loaded" and refuse[0] == "yes", f"{loaded[1]} ¦ {refuse[1]}"


@check(
    "settings",
    "记录数据库登录与退出",
    "logins and logouts are recorded",
    "log_connections=on，log_disconnections=on",
    "set log_connections and log_disconnections on",
)
def _connections(text: str) -> Seen:
    lines = [setting(text, key) for key in ("log_connections", "log_disconnections")]
    return all(value == "on" for value, _ in lines), shown([line for _, line in lines])


@check(
    "settings",
    "记录结构变更及以上语句",
    "changes of structure are recorded",
    "log_statement=ddl 或启用 pgaudit",
    "set log_statement=ddl or load pgaudit",
)
def _statements(text: str) -> Seen:
    statement, libraries = setting(text, "log_statement"), setting(text, "shared_preload_libraries")
    met = statement[0] in ("ddl", "mod", "all") or "pgaudit" in libraries[0]
    return met, f"{statement[1]} ¦ {libraries[1]}"


@check(
    "settings",
    "数据库记录含时间与用户",
    "records name time and user",
    "log_line_prefix 含 %m 与 %u",
    "put %m and %u into log_line_prefix",
)
def _prefix(text: str) -> Seen:
    value, line = setting(text, "log_line_prefix")
    return bool(re.search(r"%[mtn]", value)) and "%u" in value, line or "log_line_prefix: not set"


ITEMS = MappingProxyType(
    {
        "L3-CES1-12": audit_on,
        "L3-CES1-13": record_fields,
        "L3-CES1-14": records_kept,
        "L3-CES1-15": audit_unstoppable,
    }
)
