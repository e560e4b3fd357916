"""Demands that several control points share, each as a check; controls do not import each other."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from compliance.finding import Check, Seen, Words, check
from compliance.raw import (
    Unsaid,
    absent,
    columns,
    configured,
    line_with,
    lines_with,
    number,
    setting,
    shown,
    sockets,
    some,
    table,
)
from compliance.snapshot import Evidence, Snapshot
from inventory.addresses import line_ends
from inventory.machines import machines
from inventory.model import Site
from inventory.placement import instances
from monitors.probes.line import parse_bgp

REMOTE_SHELLS = {21: "ftp", 23: "telnet", 69: "tftp", 512: "rexec", 513: "rlogin", 514: "rsh"}
_TIME = re.compile(r"^(\w{3}\s+\d+\s[\d:]{8}|\d{4}-\d\d-\d\dT[\d:]{8})")
_LOCAL_CLOCK = "7F7F0101"  # chrony's own clock as reference: nothing is followed
_SECONDS = {"": 1, "s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "day": 86400, "d": 86400, "w": 604800}
_SECONDS |= {"week": 604800, "month": 2629800, "year": 31557600, "y": 31557600}
_PERIODS = {"daily": 1, "weekly": 7, "monthly": 30, "yearly": 365}


def https_endpoints() -> Check:
    """Every API of the cloud speaks TLS."""

    def test(text: str) -> Seen:
        urls = sorted({row["url"] for row in table(text)})
        plain = [url for url in urls if not url.startswith("https://")]
        return bool(urls) and not plain, shown(plain or urls)

    return Check(
        "endpoints",
        test,
        Words("云平台 API 端点全部使用 HTTPS", "every cloud API endpoint uses HTTPS"),
        Words("为 API 端点部署证书并改为 https", "put TLS in front of the API endpoints"),
    )


def database_tls() -> Check:
    """The server offers TLS of a version that is not broken."""

    def test(text: str) -> Seen:
        on, version = setting(text, "ssl"), setting(text, "ssl_min_protocol_version")
        return on[0] == "on" and version[0] in ("TLSv1.2", "TLSv1.3"), f"{on[1]} ¦ {version[1]}"

    return Check(
        "settings",
        test,
        Words("数据库启用 TLS 1.2 以上", "the database offers TLS 1.2 or newer"),
        Words("ssl=on，ssl_min_protocol_version=TLSv1.2", "set ssl=on and ssl_min_protocol_version=TLSv1.2"),
    )


def abroad_of(site: Site) -> list[str]:
    """Centres whose city is not written as a Chinese city is; a person confirms the rest."""
    return [f"{centre.name}: {centre.city}" for centre in site.centres if not "一" <= centre.city[:1] <= "鿿"]


def declared_peers(site: Site, place: str) -> Check:
    """Every routing neighbour is a declared line or another declared device of the same place."""
    own = {i.address.ip for m in machines(site) if m.place == place for i in m.interfaces if i.address}
    declared = {end.peer for end in line_ends(site, place)} | own

    @check(
        "bgp",
        "路由邻居均为已声明的线路",
        "every routing neighbour is a declared line",
        "登记或断开该线路",
        "declare the line or take it down",
    )
    def test(text: str) -> Seen:
        peers = parse_bgp(text)
        unknown = [f"{peer}: {bgp.state}" for peer, bgp in peers.items() if peer not in declared]
        return bool(peers) and not unknown, shown(unknown) or f"{len(peers)} neighbours, all declared lines"

    return test


def instances_declared(site: Site, centre: str) -> Check:
    """The cloud holds exactly the declared instances."""
    declared = {instance.name for instance in instances(site, centre)}

    def test(text: str) -> Seen:
        known = {row["name"] for row in table(text)}
        missing, extra = sorted(declared - known), sorted(known - declared)
        raw = shown([f"missing {name}" for name in missing] + [f"undeclared {name}" for name in extra])
        return known == declared, raw or f"{len(known)} instances, all declared"

    return Check(
        "servers",
        test,
        Words("云中实例与资产清单一致", "the cloud's instances are the declared ones"),
        Words("应用模型或登记资产", "apply the model, or declare the asset"),
    )


def patching(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    """Updates were looked for lately, and none of the security archive waits."""
    return (lists_fresh(snapshot.taken), PATCHED)


def remote_rules(text: str) -> list[list[str]]:
    """Access rules (`pg_hba`) that let somebody in from outside the host, as columns."""
    rows = [row for row in columns(text) if len(row) >= 6 and row[0] != "local" and row[5] != "reject"]
    return [row for row in rows if not row[3].startswith(("127.", "::1"))]


def only_tls_remote() -> Check:
    """No access rule lets a remote client in without TLS."""

    def test(text: str) -> Seen:
        remote = remote_rules(text)
        plain = ["|".join(row) for row in remote if row[0] not in ("hostssl", "hostgssenc")]
        return not plain, shown(plain or ["|".join(row) for row in remote] or ["no remote rule"])

    return Check(
        "hba",
        test,
        Words("远程连接只允许加密（hostssl）", "remote connections are allowed only with TLS (hostssl)"),
        Words("把 pg_hba 中的 host 改为 hostssl", "turn `host` into `hostssl` in pg_hba"),
    )


@check(
    "orthanc",
    "影像归档的 REST 与 DICOM 均加密",
    "the image archive encrypts REST and DICOM",
    "orthanc.json: SslEnabled、DicomTlsEnabled",
    "set SslEnabled and DicomTlsEnabled in orthanc.json",
)
def PACS_TLS(text: str) -> Seen:
    """Orthanc speaks TLS on both of its doors."""
    lines = [line_with(text, rf'"{key}"') or f"{key}: not set (false)" for key in ("SslEnabled", "DicomTlsEnabled")]
    return all(line.endswith("true") for line in lines) and not absent(text), shown(lines)


@check(
    "orthanc",
    "影像归档须鉴别",
    "the image archive asks who you are",
    "orthanc.json: AuthenticationEnabled",
    "set AuthenticationEnabled in orthanc.json",
)
def PACS_ASKS(text: str) -> Seen:
    """Orthanc's REST door asks for a user."""
    line = line_with(text, '"AuthenticationEnabled"') or "AuthenticationEnabled: not set"
    return line.endswith("true"), line


def no_remote_shells() -> Check:
    """No service that sends passwords in clear is reachable."""

    def test(text: str) -> Seen:
        found = [s.raw for s in sockets(text) if s.port in REMOTE_SHELLS and not s.local and s.protocol == "tcp"]
        return not found, shown(found) or "no listener on ports 21, 23, 69, 512–514"

    return Check(
        "listening",
        test,
        Words("未开放 telnet、ftp、rsh 等明文管理服务", "no telnet, ftp or rsh is reachable"),
        Words("停用明文管理服务", "stop the clear-text services"),
    )


def retention(days: int) -> Check:
    """The journal is kept so long, by its own setting."""

    def test(text: str) -> Seen:
        value, line = setting(text, "MaxRetentionSec")
        storage, _ = setting(text, "Storage")
        kept = _seconds(value) / 86400
        persistent = storage in ("", "auto", "persistent")
        return kept >= days and persistent, line or "MaxRetentionSec: not set"

    return Check(
        "journald",
        test,
        Words(f"日志保存不少于 {days} 天", f"logs are kept for at least {days} days"),
        Words(f"journald.conf: MaxRetentionSec={days}day", f"set MaxRetentionSec={days}day in journald.conf"),
    )


def rotation(days: int) -> Check:
    """The rotated system log is kept so long."""

    def test(text: str) -> Seen:
        stanza = re.search(r"^[^\n{]*/var/log/(?:syslog|auth\.log)[^{]*\{([^}]*)\}", text, re.MULTILINE)
        body = stanza[1] if stanza else ""
        period, kept = line_with(body, r"^\s*(daily|weekly|monthly|yearly)\b"), number(body, "rotate")
        span = _PERIODS.get(period, 0) * (kept[0] or 0)
        return span >= days, f"syslog: {period or 'no period'} ¦ {kept[1]} = {span} d"

    return Check(
        "logrotate",
        test,
        Words(f"轮转日志保存不少于 {days} 天", f"rotated logs are kept for at least {days} days"),
        Words("调整 logrotate 的 rotate 次数", "raise `rotate` in logrotate.conf"),
    )


def forwarding() -> Check:
    """Logs go to another host as well."""

    def test(text: str) -> Seen:
        if absent(text):
            return False, text
        line = line_with(text, r"@@?[\w\[]") or line_with(text, r"omfwd|omrelp")
        return bool(line) and not re.search(r"@@?(127\.|localhost)", line), line or "no forwarding rule"

    return Check(
        "rsyslog",
        test,
        Words("日志实时转发到另一台主机", "logs are forwarded to another host"),
        Words("在 rsyslog 中配置向集中日志服务器转发", "forward to a central log server in rsyslog"),
    )


@check(
    "rsyslog",
    "日志经 TLS 转发，双方以证书互认",
    "logs are forwarded over TLS, and both sides show certificates",
    "omfwd: StreamDriverMode=1，StreamDriverAuthMode=x509/name",
    "omfwd: StreamDriverMode=1 and StreamDriverAuthMode=x509/name",
)
def FORWARDED_SAFELY(text: str) -> Seen:
    """What carries the records is encrypted, and the log server is who it says it is."""
    if absent(text):
        return False, text
    ways = lines_with(text, r"@@?[\w\[]|omfwd|omrelp")
    safe = lines_with(text, r'StreamDriverMode="1".*AuthMode="x509/name"')
    return bool(ways) and len(safe) >= len(ways), shown(safe or ways or ["no forwarding rule"], 2)


@check(
    "log_sample",
    "记录含时间、主体与事件",
    "records hold time, subject and event",
    "检查日志格式",
    "check the log format",
)
def RECORD_SAMPLE(text: str) -> Seen:
    """The last records say when, who and what."""
    lines = some([line for line in text.splitlines() if line.strip() and not line.startswith("-- ")], "record")
    good = [line for line in lines if _TIME.match(line) and re.search(r"\w+(\[\d+\])?:", line)]
    return len(good) == len(lines), shown(lines, 2)


@check(
    "recording",
    "运维会话有录像或命令记录",
    "administration sessions are recorded",
    "启用 sudo log_output 或 tlog，经堡垒机接入",
    "switch on sudo's log_output or tlog, and come in by a bastion",
)
def SESSIONS_RECORDED(text: str) -> Seen:
    """Something records what is typed."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines), shown(lines) or "no session recording (tlog, sudo log_output) is set up"


def lists_fresh(now: datetime) -> Check:
    """The package lists are younger than a month, so that known holes can be known."""

    @check(
        "updates",
        "一个月内查过安全更新",
        "updates were looked for within a month",
        "配置院内软件源并定期 apt update",
        "set a package source and refresh the lists regularly",
    )
    def test(text: str) -> Seen:
        if absent(text):
            raise Unsaid(f"{text.strip()}: nobody can say which updates are pending")
        stamp, line = number(text, "lists")
        asked = datetime.fromtimestamp(stamp or 0, UTC)
        return now - asked <= timedelta(days=31), f"{line} ({asked:%Y-%m-%d})"

    return test


@check(
    "updates",
    "没有待装的安全更新，无须重启",
    "no security update is pending and no restart is due",
    "测试后安装更新并重启",
    "test and install them, then restart",
)
def PATCHED(text: str) -> Seen:
    """Nothing of the security archive waits."""
    if absent(text):
        raise Unsaid(f"{text.strip()}: nobody can say which updates are pending")
    waiting = [line for line in text.splitlines() if line.startswith("Inst") and "ecurity" in line]
    restart = lines_with(text, r"reboot-required")
    return not waiting and not restart, shown(waiting + restart) or "no security update is pending"


def wiped_volumes() -> Check:
    """Cinder overwrites a deleted volume."""

    def test(text: str) -> Seen:
        line = line_with(configured(text, "/etc/cinder/cinder.conf"), r"volume_clear\s*=")
        value = line.rpartition("=")[2].strip()
        return value in (
            "zero",
            "shred",
        ), line or "volume_clear: not set in cinder.conf (default zero applies to LVM only)"

    return Check(
        "openstack_conf",
        test,
        Words("删除卷时清零（volume_clear）", "a deleted volume is overwritten (volume_clear)"),
        Words("cinder.conf: volume_clear=zero", "set volume_clear=zero in cinder.conf"),
    )


def clock() -> Check:
    """The clock follows a source other than itself: chrony runs and is synchronised."""

    def test(text: str) -> Seen:
        lines = text.strip().splitlines()
        tracking = next((line for line in lines if line.count(",") >= 12), "")
        normal = bool(tracking) and tracking.split(",")[-1] in ("Normal", "Insert second", "Delete second")
        own = tracking.startswith((_LOCAL_CLOCK, "00000000"))
        return bool(lines) and lines[0] == "active" and normal and not own, tracking or shown(lines, 2)

    return Check(
        "time",
        test,
        Words("时钟与外部时间源同步（chrony）", "the clock follows a time source (chrony)"),
        Words("为 chrony 配置院内 NTP 时间源", "give chrony a time source (base_time_servers)"),
    )


def _seconds(span: str) -> float:
    """A systemd time span in seconds; 0 when there is none."""
    total = 0.0
    for amount, unit in re.findall(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", span):
        word = unit.lower().removesuffix("s") if unit.lower() not in ("", "s") else unit.lower()
        total += float(amount) * _SECONDS.get(word, 0)
    return total
