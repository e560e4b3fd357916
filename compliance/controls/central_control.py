"""集中管控 (8.1.5.4): a management zone; watching, logs, patches and alarms in one place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from compliance.demands import forwarding, no_remote_shells, retention, rotation
from compliance.detection import ALARMS_ROUTED, GET_ALARMS, NO_ALARMS, alarm_rules, targets_cover
from compliance.finding import Check, Finding, Seen, Words, check, judge
from compliance.raw import absent, lines_with, shown, sockets, some
from compliance.rules import Each, Somewhere, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.addresses import management, place

_BARE = ("node", "router", "edge", "access", "workstation", "keeper")
_DAEMON_SHELLS = range(2601, 2625)  # FRR's telnet shells


def management_zone(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-SMC1-07: machines are managed in a network of its own."""
    for evidence in snapshot.of("host"):
        if evidence.role in _BARE:
            yield judge("L3-SMC1-07", evidence, (_managed_apart(snapshot, evidence),))


def safe_path(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-SMC1-08: network and security devices are managed over a secure path."""
    for evidence in snapshot.of("host"):
        if evidence.role in ("router", "edge", "access"):
            yield judge("L3-SMC1-08", evidence, (no_remote_shells(), _no_daemon_shells))


def _kept(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    """Logs are gathered and kept as the law asks."""
    days = snapshot.baseline.log_retention_days
    return (forwarding(), retention(days), rotation(days))


def _received(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    """Every host's own records lie on the log server and are no older than a day."""
    names, since = sorted(e.name for e in snapshot.of("host")), snapshot.taken - timedelta(days=1)

    @check(
        "log_server",
        "集中日志服务器在一天内收到每台主机的记录",
        "the log server has records of every host, none older than a day",
        "检查该主机 rsyslog 与证书",
        "look at that host's rsyslog and certificate",
    )
    def test(text: str) -> Seen:
        rows = [line.split() for line in lines_with(text, r"^received \S+ \d+$")]
        last = {row[1]: datetime.fromtimestamp(int(row[2]), UTC) for row in rows}
        silent = [f"{name}: {last[name]:%Y-%m-%d %H:%M}" if name in last else f"{name}: nothing" for name in names
                  if name not in last or last[name] < since]  # fmt: skip
        return not silent, shown(
            silent
        ) or f"records of {len(names)} hosts, the oldest of {min(last.values()):%Y-%m-%d %H:%M}"

    return (test, _held(snapshot.baseline.log_retention_days))


def _held(days: int) -> Check:
    """The log server removes nothing that is younger than the baseline asks."""

    @check(
        "log_server",
        f"集中日志保存不少于 {days} 天",
        f"central records are kept for at least {days} days",
        "按基线重新下发角色 log_server",
        "apply role log_server with the baseline's days",
    )
    def test(text: str) -> Seen:
        rows = some(lines_with(text, r"^removed after \d+ days"), "rule that removes old records")
        return all(int(row.split()[2]) >= days for row in rows), shown(rows)

    return test


def _all_watched(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    names = frozenset(evidence.name for evidence in snapshot.of("host"))
    return (targets_cover(names, "所有主机与设备均被监测", "every host and device is watched"),)


@check(
    "managed",
    "安全配置由配置管理统一下发",
    "security settings are rolled out by configuration management",
    "应用基线角色（medcloud apply）",
    "apply the baseline roles (medcloud apply)",
)
def _rolled_out(text: str) -> Seen:
    files = [line for line in text.splitlines() if line.startswith("/")]
    return bool(files), shown(files) or "no file says that it is managed"


@check(
    "unattended",
    "补丁来源集中管理",
    "patches come from one managed source",
    "配置院内软件源与自动更新策略",
    "set the house's package source and update policy",
)
def _patched_centrally(text: str) -> Seen:
    return not absent(text) and bool(re.search(r'Update-Package-Lists "1"', text)), shown(text.strip().splitlines())


@check(
    "malware",
    "防恶意代码集中更新",
    "anti-malware is fed from one place",
    "部署 ClamAV 与院内病毒库镜像",
    "run ClamAV fed from the house's mirror",
)
def _malware_there(text: str) -> Seen:
    return not absent(text) and text.strip().startswith("active"), shown(text.strip().splitlines(), 2)


def _managed_apart(snapshot: Snapshot, evidence: Evidence) -> Check:
    network = management(place(snapshot.site, evidence.place))

    def test(text: str) -> Seen:
        rows = [line for line in text.splitlines() if re.match(r"\S+ +[A-Z]+ +\d+\.\d+\.\d+\.\d+/", line)]
        prefix = str(network.network_address).rsplit(".", 1)[0] + "."
        own = [line for line in rows if f" {prefix}" in line]
        others = [line for line in rows if line not in own and not line.startswith("lo")]
        shared = [line for line in own if len(re.findall(r"\d+\.\d+\.\d+\.\d+/", line)) > 1]
        return bool(own) and not shared, shown(own + others)

    return Check(
        "links",
        test,
        Words("管理地址位于独立的管理网段与接口", "the management address has an interface and a network of its own"),
        Words("划出管理网", "give management its own network"),
    )


@check(
    "listening",
    "路由进程不对网络开放命令行",
    "the routing daemons offer no shell to the network",
    "vtysh 只监听本机",
    "bind the daemons' shells to the loopback",
)
def _no_daemon_shells(text: str) -> Seen:
    found = [s.raw for s in sockets(text) if s.port in _DAEMON_SHELLS and not s.local]
    return not found, shown(found) or "routing daemons offer no shell to the network"


_NO_SERVER = Words("有集中日志服务器", "a central log server is there")
_GET_SERVER = Words("部署集中日志服务器（角色 log_server）", "set up a central log server (role log_server)")
_EVENTS = alarm_rules(r"down|splitbrain|behind|blind", "运行事件有报警规则", "operational events have alarm rules")
_SECURITY_EVENTS = alarm_rules(
    r"compliance|intrusion|ids|login|aide|malware", "安全事件有报警规则", "security events have alarm rules"
)

ITEMS = MappingProxyType(
    {
        "L3-SMC1-07": management_zone,
        "L3-SMC1-08": safe_path,
        **controls(
            Each("L3-SMC1-10", "host", _kept),
            Somewhere("L3-SMC1-10", "host", "log_server", _received, _NO_SERVER, _GET_SERVER),
            Somewhere("L3-SMC1-09", "host", "prometheus_targets", _all_watched, NO_ALARMS, GET_ALARMS),
            Each("L3-SMC1-11", "host", (_rolled_out, _patched_centrally, _malware_there)),
            Somewhere("L3-SMC1-12", "host", "prometheus_rules", (_EVENTS, _SECURITY_EVENTS), NO_ALARMS, GET_ALARMS),
            Somewhere("L3-SMC1-12", "host", "prometheus_alarms", (ALARMS_ROUTED,), NO_ALARMS, GET_ALARMS),
        ),
    }
)
