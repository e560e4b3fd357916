"""安全审计，区域边界 (8.1.3.5): what crosses the boundary, and who works there, is on record and kept."""

from __future__ import annotations

from compliance.demands import RECORD_SAMPLE, SESSIONS_RECORDED, clock, forwarding, retention, rotation
from compliance.finding import Check, Seen, check
from compliance.raw import lines_with, shown, some
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot

_DEVICES = ("router", "edge")


@check(
    "nftables",
    "边界规则记录被拒绝的访问",
    "the boundary's rules record what they refuse",
    "在拒绝前加入 log 规则",
    "put a log rule in front of the drop",
)
def _refusals_logged(text: str) -> Seen:
    found = lines_with(text, r"\blog\b")
    return bool(found), shown(found, 2) or "no rule logs"


@check(
    "frr",
    "路由进程的变更写入日志",
    "the routing daemons log their changes",
    "frr.conf: log syslog informational",
    "set `log syslog informational` in frr.conf",
)
def _routing_logged(text: str) -> Seen:
    found = lines_with(text, r"^log (syslog|file|stdout)")
    return bool(found), shown(found) or "no log command in the routing configuration"


@check(
    "login_sources",
    "远程接入逐次记录用户与来源",
    "every remote access is on record with user and source",
    "保留 auth.log 并记录来源",
    "keep auth.log with its sources",
)
def _remote_access(text: str) -> Seen:
    lines = some([line.strip() for line in text.splitlines() if line.strip()], "remote access on record")
    return all(len(line.split()) == 4 for line in lines), shown(lines, 3)


def _kept(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    days = snapshot.baseline.log_retention_days
    return (retention(days), rotation(days), forwarding())


ITEMS = controls(
    Each("L3-ABS1-16", "router", (_refusals_logged, _routing_logged)),
    Each("L3-ABS1-17", "host", (RECORD_SAMPLE, clock()), roles=_DEVICES),
    Each("L3-ABS1-18", "host", _kept, roles=_DEVICES),
    Each("L3-ABS1-19", "host", (_remote_access, SESSIONS_RECORDED), roles=_DEVICES),
)
