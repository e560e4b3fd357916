"""访问控制，计算环境 (8.1.4.2): accounts, default accounts, least privilege, policies, granularity, labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import remote_rules
from compliance.finding import Check, Finding, Seen, check, judge_each
from compliance.raw import absent, accounts, columns, lines_with, passwords, setting, shown, some, table
from compliance.rules import Each, controls
from compliance.snapshot import Snapshot

_DEFAULTS = frozenset({"admin", "debian", "ubuntu", "guest", "test", "pi", "user", "oracle", "ftp"})
_SYSTEM_SERVICES = frozenset({"sshd", "systemd", "systemd-network", "dhclient", "dnsmasq", "zebra", "staticd", "mgmtd"})
_MODES = {"/etc/shadow": 0o640, "/etc/passwd": 0o644, "/etc/group": 0o644, "/etc/ssh/sshd_config": 0o644}


def assigned(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-05: accounts get permissions; services cannot log in; key files are closed."""
    yield from judge_each("L3-CES1-05", snapshot, "host", _service_shells, _key_files)


def default_accounts(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-06: default accounts are gone or cannot be used."""
    yield from judge_each("L3-CES1-06", snapshot, "host", _no_defaults, _root_password, _root_login)
    yield from judge_each("L3-CES1-06", snapshot, "database", _not_from_clients, _not_from_hosts)


def surplus_accounts(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-07: no surplus or shared accounts."""
    declared = {account for p in snapshot.site.baseline.people if p.left is None for account in p.accounts}
    yield from judge_each("L3-CES1-07", snapshot, "host", _no_strangers(frozenset(declared)))


def least_privilege(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-08: no more rights than needed."""
    yield from judge_each("L3-CES1-08", snapshot, "host", _sudo)
    yield from judge_each("L3-CES1-08", snapshot, "database", _one_superuser)
    yield from judge_each("L3-CES1-08", snapshot, "cloud", _cloud_admins)


def granularity(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-10: rights go down to the table."""
    yield from judge_each("L3-CES1-10", snapshot, "database", _no_public)


def labels(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-11: security labels control access."""
    yield from judge_each("L3-CES1-11", snapshot, "host", _labels)


@check(
    "service_users",
    "网络服务不以 root 运行（系统自带的除外）",
    "network services do not run as root, but for the system's own",
    "在单元文件中设置 User=",
    "set User= in the unit",
)
def _services_unprivileged(text: str) -> Seen:
    rows = some([line.split() for line in text.splitlines() if len(line.split()) >= 2], "listening process")
    rooted = sorted({" ".join(row) for row in rows if row[0] == "root" and row[1] not in _SYSTEM_SERVICES})
    return not rooted, shown(rooted) or shown([" ".join(row) for row in rows])


@check(
    "policies",
    "云平台授权策略未被放宽",
    "the cloud's policies are not loosened",
    "删除对 @ 或空规则的授权",
    "remove rules that allow everybody",
)
def _policies_kept(text: str) -> Seen:
    loose = [line for line in text.splitlines() if re.search(r':\s*(""|"@"|\'\'|\'@\')\s*$', line)]
    return not loose, shown(loose) or ("no override: the releases' own policies hold" if absent(text) else text.strip())


@check(
    "table_grants",
    "数据表授权写明角色",
    "tables are granted to named roles",
    "按角色 GRANT，收回 PUBLIC",
    "grant to roles, revoke from PUBLIC",
)
def _grants_named(text: str) -> Seen:
    rows = some(columns(text), "grant on a table")
    public = ["|".join(row) for row in rows if row[1] == "PUBLIC"]
    return not public, shown(public or ["|".join(row) for row in rows])


@check(
    "accounts",
    "服务账户不能登录",
    "service accounts cannot log in",
    "把登录外壳改为 nologin",
    "give them nologin as shell",
)
def _service_shells(text: str) -> Seen:
    known = accounts(text)
    bad = [a.raw for a in known if 0 < a.uid < 1000 and a.can_login and a.user not in ("postgres", "sync")]
    return bool(known) and not bad, shown(bad) or "no service account has a login shell"


@check("key_files", "关键文件权限收紧", "key files are closed to others", "收紧权限", "tighten the modes")
def _key_files(text: str) -> Seen:
    rows = [line for line in text.splitlines() if line]
    modes = {line.split()[2]: int(line.split()[0], 8) for line in rows}
    open_files = [line for line in rows if modes[line.split()[2]] & ~_MODES.get(line.split()[2], 0o7777)]
    return "/etc/shadow" in modes and not open_files, shown(open_files) or shown(rows)


@check("accounts", "没有可登录的默认账户", "no default account can log in", "删除或锁定", "remove or lock them")
def _no_defaults(text: str) -> Seen:
    found = [a.raw for a in accounts(text) if a.user in _DEFAULTS and a.can_login]
    return not found, shown(found) or "no default account can log in"


@check("shadow", "root 没有可用口令", "root has no usable password", "passwd -l root", "lock root's password")
def _root_password(text: str) -> Seen:
    root = next((p for p in passwords(text) if p.user == "root"), None)
    return root is not None and root.state == "locked", root.raw if root else "root: not listed"


@check(
    "sshd",
    "不允许 root 直接远程登录",
    "root does not log in remotely",
    "用具名账户加 sudo，PermitRootLogin no",
    "use named accounts with sudo, PermitRootLogin no",
)
def _root_login(text: str) -> Seen:
    value, line = setting(text, "permitrootlogin")
    return value == "no", line


@check(
    "hba",
    "超级用户不能从业务网络登录",
    "the superuser cannot log in from client networks",
    "pg_hba 中先 reject postgres",
    "reject postgres first in pg_hba",
)
def _not_from_clients(text: str) -> Seen:
    """pg_hba's first match decides: a rule for all users is harmless behind a reject of postgres for that network."""
    rows = [row for row in columns(text) if len(row) >= 6 and row[0] != "local"]
    refused = {(row[3], row[4]) for row in rows if row[5] == "reject" and "postgres" in row[2].split(",")}
    wide = ["|".join(r) for r in remote_rules(text) if "all" in r[2].split(",") and (r[3], r[4]) not in refused]
    return not wide, shown(wide) or shown(["|".join(row) for row in rows if row[5] == "reject"]) or "no rule for all"


@check(
    "hba",
    "超级用户不能从其他主机登录",
    "the superuser cannot log in from any other host",
    "成员间改用专用角色",
    "use a role of its own between the members",
)
def _not_from_hosts(text: str) -> Seen:
    named = ["|".join(row) for row in remote_rules(text) if "postgres" in row[2].split(",")]
    return not named, shown(named) or "no remote rule names postgres"


def _no_strangers(declared: frozenset[str]) -> Check:
    @check(
        "accounts",
        "没有未登记的普通账户",
        "no ordinary account beyond the register",
        "核对并删除多余账户，或在 baseline.people 中登记",
        "check them and remove what is surplus, or declare its owner in baseline.people",
    )
    def test(text: str) -> Seen:
        live = [a for a in accounts(text) if a.uid >= 1000 and a.can_login and a.user != "nobody"]
        found = [a.raw for a in live if a.user not in declared]
        return not found, shown(found) or f"{len(live)} ordinary accounts can log in, all on the register"

    return test


@check(
    "sudoers",
    "没有免口令的全权 sudo",
    "nobody has sudo for everything without a password",
    "按命令授权",
    "grant single commands",
)
def _sudo(text: str) -> Seen:
    if absent(text):
        return True, text.strip()
    wide = [line for line in lines_with(text, r"NOPASSWD:\s*ALL") if not line.startswith("root")]
    return not wide, shown(wide) or "no NOPASSWD: ALL"


@check("roles", "除 postgres 外没有超级用户", "no superuser but postgres", "收回 SUPERUSER", "revoke SUPERUSER")
def _one_superuser(text: str) -> Seen:
    found = ["|".join(row) for row in columns(text) if row[1] == "t" and row[0] != "postgres"]
    return not found, shown(found) or "postgres is the only superuser"


@check(
    "role_assignments",
    "租户账户没有 admin 角色",
    "no tenant account holds the admin role",
    "改授 member 角色",
    "give them the member role",
)
def _cloud_admins(text: str) -> Seen:
    rows = [row for row in table(text) if row["role"] == "admin"]
    people = [
        f"{r['user']} is admin of {r['project'] or 'system'}"
        for r in rows
        if r["user"] != "admin" and r["project"] != "service"
    ]
    return bool(rows) and not people, shown(people) or f"{len(rows)} admin assignments, platform accounts only"


@check(
    "public_grants",
    "没有对 PUBLIC 的表授权",
    "no table is open to PUBLIC",
    "REVOKE … FROM PUBLIC",
    "revoke it from PUBLIC",
)
def _no_public(text: str) -> Seen:
    lines = [line for line in text.splitlines() if line]
    return not lines, shown(lines) or "no table grants anything to PUBLIC"


@check("lsm", "启用强制访问控制", "mandatory access control is on", "启用 AppArmor", "enable AppArmor")
def _labels(text: str) -> Seen:
    return bool(re.search(r"apparmor|selinux|smack", text)), text.strip()


ITEMS = MappingProxyType(
    {
        "L3-CES1-05": assigned,
        "L3-CES1-06": default_accounts,
        "L3-CES1-07": surplus_accounts,
        "L3-CES1-08": least_privilege,
        **controls(
            Each("L3-CES1-09", "host", (_services_unprivileged,)),
            Each("L3-CES1-09", "node", (_policies_kept,)),
            Each("L3-CES1-09", "database", (_grants_named,)),
        ),
        "L3-CES1-10": granularity,
        "L3-CES1-11": labels,
    }
)
