"""网络和系统安全管理 (8.1.10.6): duties, accounts, baselines, sessions, changes and ways out are under control."""

from __future__ import annotations

from compliance.demands import SESSIONS_RECORDED, declared_peers
from compliance.finding import Check, Seen, check
from compliance.history import APPLIED
from compliance.raw import shown
from compliance.register import ADMINS, accounts_registered, holders, records_complete
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.baseline import Topic


@check(
    "managed",
    "按加固手册（角色）统一配置",
    "the host is configured by the hardening roles",
    "medcloud apply",
    "run medcloud apply",
)
def _hardened_by_roles(text: str) -> Seen:
    files = [line for line in text.splitlines() if line.startswith("/")]
    ours = [line for line in files if "medcloud" in line or "faillock" in line or "sshd" in line]
    return bool(ours), shown(ours or files) or "no file says that it is managed"


def _known_accounts(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    return (accounts_registered(snapshot.site),)


def _declared_ways(snapshot: Snapshot, evidence: Evidence) -> tuple[Check, ...]:
    return (declared_peers(snapshot.site, evidence.place),)


_APPROVED = records_complete(Topic.CHANGE, "变更性运维均经批准", "changes in operation were approved", "approved_by")

ITEMS = controls(
    Each("L3-MMS1-15", "site", (holders(ADMINS),)),
    Each("L3-MMS1-16", "host", _known_accounts),
    Each("L3-MMS1-18", "host", (_hardened_by_roles,)),
    Each("L3-MMS1-19", "host", (SESSIONS_RECORDED,), roles=("node", "router", "edge", "access")),
    Each("L3-MMS1-21", "records", (APPLIED,)),
    Each("L3-MMS1-21", "site", (_APPROVED,)),
    Each("L3-MMS1-24", "router", _declared_ways),
)
