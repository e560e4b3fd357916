"""个人信息保护 (8.1.4.11): what identifies people is graded, and only named roles may read it."""

from __future__ import annotations

from compliance.finding import Seen, check
from compliance.raw import columns, setting, shown, site_of, some
from compliance.rules import Each, controls

_IDENTIFYING = 3  # GB/T 39725 grade from which data can be led back to people


@check(
    "model",
    "含个人信息的系统均已分级并声明保存期",
    "systems with personal data are graded and say how long it is kept",
    "在模型中补充 data_class 与 backup.keep",
    "add data_class and backup.keep to the model",
)
def _catalogued(text: str) -> Seen:
    site = site_of(text)
    personal = some([s for s in site.systems if s.data_class >= _IDENTIFYING], "system with personal data")
    kept = {name: p.backup.keep for p in site.protection if p.backup for name in p.systems}
    without = [f"{s.name}: grade {s.data_class}, no retention" for s in personal if s.name not in kept]
    return not without, shown(without) or f"{len(personal)} systems of grade ≥ {_IDENTIFYING}, all with a retention"


@check(
    "table_grants",
    "个人信息表不对 PUBLIC 开放，仅授予具名角色",
    "tables are read by named roles only",
    "收回 PUBLIC 授权",
    "revoke what PUBLIC may do",
)
def _readers_named(text: str) -> Seen:
    rows = some(columns(text), "grant on a table")
    public = ["|".join(row) for row in rows if row[1] == "PUBLIC"]
    return not public, shown(public or [f"{row[0]}: {row[1]} ({row[3]} tables)" for row in rows])


@check(
    "settings",
    "对数据的读写可追溯到用户",
    "reading and writing can be led back to a user",
    "启用 pgaudit 或 log_statement=mod",
    "load pgaudit or set log_statement=mod",
)
def _use_recorded(text: str) -> Seen:
    statement, libraries = setting(text, "log_statement"), setting(text, "shared_preload_libraries")
    return statement[0] in ("mod", "all") or "pgaudit" in libraries[0], f"{statement[1]} ¦ {libraries[1]}"


ITEMS = controls(
    Each("L3-CES1-34", "site", (_catalogued,)),
    Each("L3-CES1-35", "database", (_readers_named, _use_recorded)),
)
