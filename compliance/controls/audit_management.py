"""审计管理 (8.1.5.2): audit administrators are others than those they audit, and only they read the records."""

from __future__ import annotations

from compliance.finding import Seen, Words, check
from compliance.raw import line_with, lines_with, shown, some
from compliance.register import apart, holders
from compliance.rules import Each, Somewhere, controls
from inventory.baseline import Duty

_HELD = holders((Duty.AUDIT_ADMIN,))
_APART = apart(Duty.AUDIT_ADMIN, (Duty.SYSTEM_ADMIN, Duty.SECURITY_ADMIN))


@check(
    "log_files",
    "审计记录只对审计组可读",
    "records are readable by the audit group only",
    "审计日志属组 adm，权限 640",
    "give the records group adm and mode 640",
)
def _closed(text: str) -> Seen:
    rows = some([line for line in text.splitlines() if line.strip()], "record file")
    open_rows = [row for row in rows if int(row.split()[0][-3:], 8) & 0o007 and not row.endswith("/var/log/journal")]
    return not open_rows, shown(open_rows or rows)


@check(
    "audit_rules",
    "对审计记录的访问被审计",
    "access to the records is audited itself",
    "审计规则监视 /var/log",
    "watch the log files in the audit rules",
)
def _watched(text: str) -> Seen:
    found = lines_with(text, r"-w /var/log/")
    return bool(found), shown(found) or "no rule watches /var/log"


@check(
    "log_server",
    "集中日志只能追加，已封存的不可改、不可删",
    "central records can only be added to; closed ones cannot be changed or removed",
    "运行 medcloud-log-seal（chattr +a / +i）",
    "run medcloud-log-seal (chattr +a, +i)",
)
def _sealed(text: str) -> Seen:
    kept, loose = line_with(text, r"^kept "), line_with(text, r"^loose ")
    folder = some(lines_with(text, r"^folder "), "folder of central records")[0]
    return bool(kept) and not loose and folder.split()[1][-1] == "0", shown(
        [row for row in (loose, kept, folder) if row]
    )


@check(
    "log_server",
    "审计记录集中存储，可统一查询",
    "records are stored in one place where they can be asked",
    "集中日志服务器启用 imtcp/TLS",
    "let the log server take records (imtcp with TLS)",
)
def _central(text: str) -> Seen:
    lines = lines_with(text, r"imtcp|imrelp|imptcp")
    return bool(lines), shown(lines)


_NOWHERE = Words("有集中日志服务器", "a central log server is there")
_GET_ONE = Words("部署集中日志服务器", "set up a central log server")

ITEMS = controls(
    Each("L3-SMC1-03", "site", (_HELD, _APART)),
    Each("L3-SMC1-03", "host", (_closed, _watched)),
    Each("L3-SMC1-04", "site", (_HELD,)),
    Somewhere("L3-SMC1-04", "host", "log_server", (_central, _sealed), _NOWHERE, _GET_ONE),
)
