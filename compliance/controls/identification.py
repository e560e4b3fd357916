"""身份鉴别 (8.1.4.1): passwords, failed logins, protected remote administration, two factors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import PACS_ASKS, PACS_TLS, database_tls, https_endpoints, no_remote_shells, remote_rules
from compliance.finding import Check, Finding, Seen, Words, check, judge_each
from compliance.raw import accounts, columns, configured, line_with, number, passwords, setting, shown
from compliance.snapshot import Snapshot

_STRONG = ("y", "gy", "7", "6", "5", "2b", "argon2id")  # crypt(5) ids of hashes that are still sound
_BROKEN_CIPHERS = re.compile(r"(cbc|3des|arcfour|blowfish)")


def passwords_item(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-01: unique users, no empty or weak passwords, complexity and rotation."""
    base = snapshot.baseline
    yield from judge_each(
        "L3-CES1-01",
        snapshot,
        "host",
        _no_empty,
        _unique,
        _length(base.password_min_length),
        _complex,
        _age(base.password_max_days),
    )
    yield from judge_each("L3-CES1-01", snapshot, "database", _scram, _scram_roles, _no_trust)
    yield from judge_each("L3-CES1-01", snapshot, "pacs", PACS_ASKS)
    yield from judge_each("L3-CES1-01", snapshot, "node", _KEYSTONE_COMPLEX, _KEYSTONE_AGE)


def failed_logins(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-02: lock after failed logins, end idle sessions."""
    base = snapshot.baseline
    yield from judge_each(
        "L3-CES1-02",
        snapshot,
        "host",
        _lockout(base.login_retries, base.lockout_minutes),
        _tries(base.login_retries),
        _idle(base.idle_timeout_minutes),
    )
    yield from judge_each("L3-CES1-02", snapshot, "database", _auth_timeout, _database_idle)
    yield from judge_each("L3-CES1-02", snapshot, "node", _keystone_lockout(base.login_retries))


def remote_administration(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-03: credentials are not readable on the wire."""
    yield from judge_each("L3-CES1-03", snapshot, "host", no_remote_shells(), _ciphers)
    yield from judge_each("L3-CES1-03", snapshot, "database", database_tls(), _no_clear_password)
    yield from judge_each("L3-CES1-03", snapshot, "cloud", https_endpoints())
    yield from judge_each("L3-CES1-03", snapshot, "pacs", PACS_TLS)


def two_factors(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-04: at least two factors, one of them cryptographic."""
    yield from judge_each("L3-CES1-04", snapshot, "host", _key_only, _second_factor)


@check(
    "shadow",
    "没有空口令或弱散列口令",
    "no empty or weakly hashed password",
    "锁定或重设这些账户",
    "lock or reset these accounts",
)
def _no_empty(text: str) -> Seen:
    known = list(passwords(text))
    empty = [p.raw for p in known if p.state == "empty"]
    weak = [p.raw for p in known if p.state == "set" and p.algorithm not in _STRONG]
    return bool(known) and not empty and not weak, shown(empty + weak) or f"{len(known)} accounts, none empty or weak"


@check("accounts", "用户标识唯一", "user ids are unique", "为重复的 UID 另行分配", "give every account its own uid")
def _unique(text: str) -> Seen:
    known = accounts(text)
    uids = [account.uid for account in known]
    twice = [account.raw for account in known if uids.count(account.uid) > 1]
    return bool(known) and not twice, shown(twice) or f"{len(known)} accounts, {len(set(uids))} uids"


def _length(minimum: int) -> Check:
    def test(text: str) -> Seen:
        value, line = number(text, "minlen")
        return value is not None and value >= minimum, line

    return Check(
        "pwquality",
        test,
        Words(f"口令长度不少于 {minimum} 位", f"passwords have at least {minimum} characters"),
        Words(f"pwquality.conf: minlen = {minimum}", f"set minlen = {minimum} in pwquality.conf"),
    )


@check(
    "pwquality",
    "口令至少含三类字符",
    "passwords mix at least three classes",
    "pwquality.conf: minclass = 3",
    "set minclass = 3 in pwquality.conf",
)
def _complex(text: str) -> Seen:
    classes, line = number(text, "minclass")
    if classes is not None and classes >= 3:
        return True, line
    credits = [number(text, key) for key in ("dcredit", "ucredit", "lcredit", "ocredit")]
    forced = [line for value, line in credits if value is not None and value < 0]
    return len(forced) >= 3, shown(forced) or line


def _age(maximum: int) -> Check:
    def test(text: str) -> Seen:
        value, line = number(text, "PASS_MAX_DAYS")
        return value is not None and 0 < value <= maximum, line

    return Check(
        "login_defs",
        test,
        Words(f"口令至多 {maximum} 天更换", f"passwords are changed within {maximum} days"),
        Words(f"login.defs: PASS_MAX_DAYS {maximum}", f"set PASS_MAX_DAYS {maximum} in login.defs"),
    )


@check(
    "settings",
    "口令以 SCRAM 存储",
    "passwords are stored as SCRAM",
    "password_encryption=scram-sha-256",
    "set password_encryption=scram-sha-256",
)
def _scram(text: str) -> Seen:
    value, line = setting(text, "password_encryption")
    return value == "scram-sha-256", line or "password_encryption: not set"


@check(
    "roles",
    "所有登录角色均用 SCRAM",
    "every login role uses SCRAM",
    "重设这些角色的口令",
    "reset the passwords of these roles",
)
def _scram_roles(text: str) -> Seen:
    rows = [row for row in columns(text) if row[2] == "t"]
    weak = ["|".join(row) for row in rows if row[6] not in ("none", "SCRAM")]
    return bool(rows) and not weak, shown(weak) or f"{len(rows)} login roles, passwords only as SCRAM"


@check(
    "hba",
    "网络访问须强鉴别",
    "network access needs sound authentication",
    "pg_hba 改为 scram-sha-256 或 cert",
    "use scram-sha-256 or cert in pg_hba",
)
def _no_trust(text: str) -> Seen:
    open_rules = ["|".join(row) for row in remote_rules(text) if row[5] in ("trust", "password", "md5")]
    return not open_rules, shown(open_rules) or f"{len(remote_rules(text))} remote rules, none trust/password/md5"


@check("hba", "口令不以明文传输", "no password travels in clear", "pg_hba 改用 hostssl", "use hostssl in pg_hba")
def _no_clear_password(text: str) -> Seen:
    clear = ["|".join(r) for r in remote_rules(text) if r[5] in ("password", "ldap", "pam") and r[0] != "hostssl"]
    return not clear, shown(clear) or "no remote rule sends a password in clear"


def _lockout(retries: int, minutes: int) -> Check:
    def test(text: str) -> Seen:
        module = line_with(text, r"pam_faillock\.so.*(authfail|deny=)")
        deny, unlock = number(text, "deny"), number(text, "unlock_time")
        inline = re.search(r"deny=(\d+)", text), re.search(r"unlock_time=(\d+)", text)
        limit = int(inline[0][1]) if inline[0] else deny[0]
        locked = int(inline[1][1]) if inline[1] else unlock[0]
        met = bool(module) and limit is not None and 0 < limit <= retries
        return met and locked is not None and (locked >= minutes * 60 or locked == 0), (
            f"{module or 'pam_faillock: not used'} ¦ deny={limit} ¦ unlock_time={locked}"
        )

    return Check(
        "pam_auth",
        test,
        Words(f"连续失败 {retries} 次锁定 {minutes} 分钟", f"{retries} failures lock the account for {minutes} min"),
        Words("启用 pam_faillock（deny、unlock_time）", "enable pam_faillock with deny and unlock_time"),
    )


def _tries(retries: int) -> Check:
    def test(text: str) -> Seen:
        value, line = number(text, "maxauthtries")
        return value is not None and value <= retries, line

    return Check(
        "sshd",
        test,
        Words(f"SSH 每次连接至多尝试 {retries} 次", f"an SSH connection allows at most {retries} attempts"),
        Words(f"sshd_config: MaxAuthTries {retries}", f"set MaxAuthTries {retries} in sshd_config"),
    )


def _idle(minutes: int) -> Check:
    def test(text: str) -> Seen:
        lines = [match for match in re.finditer(r"^.*TMOUT=(\d+).*$", text, re.MULTILINE)]
        good = [match[0] for match in lines if 0 < int(match[1]) <= minutes * 60]
        return bool(good), shown(good) or text.strip()

    return Check(
        "shell_timeout",
        test,
        Words(f"空闲 {minutes} 分钟自动退出", f"an idle session ends after {minutes} min"),
        Words(f"/etc/profile.d: TMOUT={minutes * 60}", f"set TMOUT={minutes * 60} in /etc/profile.d"),
    )


@check(
    "settings",
    "登录须在一分钟内完成",
    "a login takes at most a minute",
    "authentication_timeout=60s",
    "set authentication_timeout=60s",
)
def _auth_timeout(text: str) -> Seen:
    value, line = number(text, "authentication_timeout")
    return value is not None and 0 < value <= 60, line


@check(
    "settings", "空闲会话自动断开", "idle sessions are ended", "设置 idle_session_timeout", "set idle_session_timeout"
)
def _database_idle(text: str) -> Seen:
    value, line = number(text, "idle_session_timeout")
    return value is not None and value > 0, line


def _keystone_lockout(retries: int) -> Check:
    def test(text: str) -> Seen:
        text = configured(text, "/etc/keystone/keystone.conf")
        tries = line_with(text, r"lockout_failure_attempts\s*=")
        span = line_with(text, r"lockout_duration\s*=")
        limit = tries.rpartition("=")[2].strip()
        met = limit.isdigit() and 0 < int(limit) <= retries and bool(span)
        return met, f"{tries or 'lockout_failure_attempts: not set'} ¦ {span or 'lockout_duration: not set'}"

    return Check(
        "openstack_conf",
        test,
        Words("云平台账户登录失败锁定", "cloud accounts are locked after failed logins"),
        Words("keystone.conf [security_compliance] lockout_*", "set lockout_* in keystone.conf [security_compliance]"),
    )


def _keystone(key: str, zh: str, en: str) -> Check:
    def test(text: str) -> Seen:
        line = line_with(configured(text, "/etc/keystone/keystone.conf"), rf"{key}\s*=\s*\S")
        return bool(line), line or f"{key}: not set"

    return Check("openstack_conf", test, Words(zh, en), Words(f"keystone.conf: {key}", f"set {key} in keystone.conf"))


@check(
    "sshd",
    "SSH 只用安全的加密算法",
    "SSH offers only sound ciphers",
    "sshd_config: Ciphers 去掉 CBC、3DES",
    "drop CBC and 3DES from Ciphers",
)
def _ciphers(text: str) -> Seen:
    value, line = setting(text, "ciphers")
    return bool(value) and not _BROKEN_CIPHERS.search(value), line


@check(
    "sshd",
    "SSH 以密钥鉴别，口令登录关闭",
    "SSH takes keys and refuses passwords",
    "PasswordAuthentication no",
    "set PasswordAuthentication no",
)
def _key_only(text: str) -> Seen:
    shown_lines = [setting(text, key) for key in ("pubkeyauthentication", "passwordauthentication")]
    return shown_lines[0][0] == "yes" and shown_lines[1][0] == "no", " ¦ ".join(line for _, line in shown_lines)


@check(
    "sshd",
    "须两种鉴别方式",
    "a login needs two methods",
    "AuthenticationMethods publickey,keyboard-interactive",
    "set AuthenticationMethods publickey,keyboard-interactive",
)
def _second_factor(text: str) -> Seen:
    value, line = setting(text, "authenticationmethods")
    return bool(value) and all("," in method for method in value.split()), line or "authenticationmethods any"


_KEYSTONE_COMPLEX = _keystone("password_regex", "云平台口令复杂度", "cloud passwords have a required form")
_KEYSTONE_AGE = _keystone("password_expires_days", "云平台口令定期更换", "cloud passwords expire")

ITEMS = MappingProxyType(
    {
        "L3-CES1-01": passwords_item,
        "L3-CES1-02": failed_logins,
        "L3-CES1-03": remote_administration,
        "L3-CES1-04": two_factors,
    }
)
