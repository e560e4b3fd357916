"""系统管理 (8.1.5.1): system administrators come in one way, with known commands, and leave a trail."""

from __future__ import annotations

from compliance.demands import SESSIONS_RECORDED
from compliance.finding import Check, Seen, check
from compliance.raw import absent, lines_with, setting, shown
from compliance.register import accounts_registered, holders
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.baseline import Duty


@check(
    "sshd",
    "系统管理员须密钥鉴别",
    "system administrators authenticate with a key",
    "PasswordAuthentication no，PubkeyAuthentication yes",
    "take keys and refuse passwords in sshd_config",
)
def _authenticated(text: str) -> Seen:
    found = [setting(text, key) for key in ("pubkeyauthentication", "passwordauthentication")]
    return found[0][0] == "yes" and found[1][0] == "no", " ¦ ".join(line for _, line in found)


@check(
    "audit_rules",
    "管理员执行的命令被审计",
    "the commands of administrators are audited",
    "审计规则记录 euid=0 的 execve",
    "audit execve with euid=0",
)
def _commands_audited(text: str) -> Seen:
    found = lines_with(text, r"-S execve\b")
    return bool(found) and not absent(text), shown(found, 2) or text.strip()[:120]


def _by_declared_people(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    return (accounts_registered(snapshot.site),)


ITEMS = controls(
    Each("L3-SMC1-01", "host", (_authenticated, _commands_audited, SESSIONS_RECORDED)),
    Each("L3-SMC1-02", "site", (holders((Duty.SYSTEM_ADMIN,)),)),
    Each("L3-SMC1-02", "host", _by_declared_people),
)
