"""安全审计，云 (8.2.3.3): privileged commands on instances are on record, the provider's actions can be audited."""

from __future__ import annotations

from compliance.finding import Seen, check
from compliance.raw import absent, configured, line_with, shown, some, table
from compliance.rules import Each, controls


@check(
    "instance_actions",
    "实例的删除、重启等操作留有用户与时间",
    "deleting and restarting instances leaves user and time",
    "保留 Nova 实例操作记录",
    "keep Nova's instance actions",
)
def _actions(text: str) -> Seen:
    rows = some(table(text), "instance action")
    poor = [f"{row['action']} of {row['server']}" for row in rows if not row["user_id"] or not row["start_time"]]
    return not poor, shown(poor) or shown(
        [f"{r['action']} {r['server']} by {r['user_id']} {r['start_time']}" for r in rows], 2
    )


@check(
    "api_pipeline",
    "云 API 启用 CADF 审计",
    "the APIs write CADF audit events",
    "在 api-paste.ini 中启用 keystonemiddleware.audit",
    "put keystonemiddleware.audit into api-paste.ini",
)
def _audited(text: str) -> Seen:
    lines = [line for line in text.splitlines() if line.startswith("/")]
    return bool(lines) and not absent(text), shown(lines, 2) or text.strip()


@check(
    "openstack_conf",
    "平台发出操作通知，租户可订阅",
    "the platform sends notifications that tenants can read",
    "[oslo_messaging_notifications] driver=messagingv2",
    "set [oslo_messaging_notifications] driver=messagingv2",
)
def _notifies(text: str) -> Seen:
    found = line_with(configured(text, "/etc/nova/nova.conf"), r"driver\s*=\s*(messaging|log)")
    return bool(found), found or "no notification driver in nova.conf"


ITEMS = controls(
    Each("L3-ABS2-07", "cloud", (_actions,)),
    Each("L3-ABS2-07", "node", (_audited,)),
    Each("L3-ABS2-08", "node", (_notifies,)),
)
