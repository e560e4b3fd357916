"""安全管理 (8.1.5.3): security administrators set the rules, are others than the rest, and leave a trail."""

from __future__ import annotations

from compliance.finding import Seen, check
from compliance.raw import lines_with, shown, some, table
from compliance.register import apart, holders
from compliance.rules import Each, controls
from inventory.baseline import Duty

_HELD = holders((Duty.SECURITY_ADMIN,))
_APART = apart(Duty.SECURITY_ADMIN, (Duty.SYSTEM_ADMIN, Duty.AUDIT_ADMIN))


@check(
    "audit_rules",
    "对安全策略的改动被审计",
    "changes of the security policy are audited",
    "审计规则监视 SSH、sudo 与防火墙配置",
    "watch SSH, sudo and firewall settings in the audit rules",
)
def _policy_watched(text: str) -> Seen:
    wanted = {path: lines_with(text, rf"-w {path}") for path in ("/etc/ssh", "/etc/sudoers")}
    missing = [path for path, found in wanted.items() if not found]
    return not missing, shown([f"not watched: {path}" for path in missing]) or shown([f[0] for f in wanted.values()])


@check(
    "role_assignments",
    "云平台安全角色与系统管理角色分设",
    "the cloud has roles besides admin for security and audit",
    "为安全、审计管理员建立独立角色（如 reader、security）",
    "give security and audit roles of their own (reader, security)",
)
def _roles_apart(text: str) -> Seen:
    rows = some(table(text), "role assignment")
    roles = sorted({str(row["role"]) for row in rows})
    return bool({"reader", "auditor", "security", "manager"} & set(roles)), f"roles in use: {', '.join(roles)}"


ITEMS = controls(
    Each("L3-SMC1-05", "site", (_HELD, _APART)),
    Each("L3-SMC1-05", "host", (_policy_watched,)),
    Each("L3-SMC1-05", "cloud", (_roles_apart,)),
    Each("L3-SMC1-06", "site", (_HELD, _APART)),
)
