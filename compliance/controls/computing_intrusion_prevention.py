"""入侵防范，计算环境 (8.1.4.4): little installed, needless services off, patched, watched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

from compliance.demands import patching, remote_rules
from compliance.detection import BASELINE_OF_FILES, GET_ALARMS, HOST_IDS, NO_ALARMS, alarm_rules
from compliance.finding import Check, Finding, Seen, Words, check, judge, judge_each
from compliance.raw import line_with, setting, shown, sockets, some, table
from compliance.rules import Each, Somewhere, controls
from compliance.snapshot import Snapshot

_RISKY = frozenset({21, 23, 69, 111, 135, 137, 138, 139, 445, 512, 513, 514, 873, 2049, 3389, 5900, 6000})
_NEEDLESS = re.compile(
    r"^(gcc(-\d+)?|g\+\+|clang|make|xserver-xorg\S*|gnome-shell|telnetd?|inetutils-telnet\S*|rsh-\S+|nis|tftpd?\S*|"
    r"nmap|tcpdump|netcat\S*|wireshark\S*|games-\S+|samba|nfs-kernel-server|cups|avahi-daemon) "
)
_ADMIN_PORTS = (22, 3306, 3389, 5432)
_ANYWHERE = ("0.0.0.0/0", "::/0", "0.0.0.0", "::")


@cache
def allowed_ports() -> dict[str, frozenset[str]]:
    """Role → `<protocol>/<port>` that may be reachable there (`data/services.yaml`)."""
    path = Path(__file__).parent.parent / "data" / "services.yaml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {role: frozenset(ports) | frozenset(declared["everybody"]) for role, ports in declared.items()}


def services_off(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-18: needless services and risky ports are off."""
    for evidence in snapshot.of("host"):
        yield judge("L3-CES1-18", evidence, (_no_risky, _only_needed(evidence.role)))


def terminals(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-19: administrators connect in one way from named networks; instances are filtered by security groups."""
    for evidence in snapshot.of("host"):
        if evidence.role in ("node", "router", "edge", "access", "workstation", "keeper"):
            yield judge("L3-CES1-19", evidence, (_ssh_source,))
    yield from judge_each("L3-CES1-19", snapshot, "database", _hba_source)
    yield from judge_each("L3-CES1-19", snapshot, "cloud", _group_source)


@check(
    "packages",
    "未安装编译器、图形界面、明文或探测工具",
    "no compiler, desktop, clear-text or probing tool is installed",
    "卸载多余软件包",
    "remove what the role does not need",
)
def _little_installed(text: str) -> Seen:
    rows = some([line for line in text.splitlines() if line.strip()], "package")
    surplus = [row for row in rows if _NEEDLESS.match(row)]
    return not surplus, shown(surplus) or f"{len(rows)} packages, none of the needless kind"


@check("listening", "高危端口未开放", "no risky port is reachable", "关闭这些服务", "stop these services")
def _no_risky(text: str) -> Seen:
    found = [s.raw for s in sockets(text) if s.port in _RISKY and not s.local]
    return not found, shown(found) or "no risky port is reachable"


def _only_needed(role: str) -> Check:
    def test(text: str) -> Seen:
        known = allowed_ports().get(role, allowed_ports()["everybody"])
        reachable = [socket for socket in sockets(text) if not socket.local]
        surplus = [
            s.raw for s in reachable if f"{s.protocol}/{s.port}" not in known and not _ephemeral(s.protocol, s.port)
        ]
        return bool(reachable) and not surplus, shown(surplus) or f"{len(reachable)} listeners, all of role {role}"

    return Check(
        "listening",
        test,
        Words("只开放该角色所需的端口", "only ports that the role needs are reachable"),
        Words("停用或只监听本机，或登记到服务清单", "stop it, bind it to the loopback, or declare it"),
    )


def _ephemeral(protocol: str, port: int) -> bool:
    """FRR's BFD and resolvers answer from high UDP ports; nothing is offered there."""
    return protocol == "udp" and port >= 32768


@check(
    "ssh_access",
    "限制 SSH 的接入地址",
    "SSH is limited to named sources or addresses",
    "ListenAddress 设为管理地址或 AllowUsers 用户@网段",
    "bind ListenAddress to the management address or use AllowUsers user@network",
)
def _ssh_source(text: str) -> Seen:
    """Bound to an address, limited to users at a network, or filtered by source in front of a default drop."""
    listens = re.findall(r"^listenaddress (\S+)$", text, re.MULTILINE)
    bound = bool(listens) and not any(address.startswith(("0.0.0.0", "[::]")) for address in listens)
    users, line = setting(text, "allowusers")
    limited = bool(users) and all("@" in user for user in users.split())
    rule = line_with(text, r"saddr .*tcp dport (22\b|\{[^}]*\b22\b)")
    filtered = bool(rule) and bool(line_with(text, r"hook input .*policy drop"))
    proof = rule if filtered else line or shown([f"listenaddress {address}" for address in listens])
    return bound or limited or filtered, proof


@check(
    "hba",
    "数据库只接受指定网段",
    "the database takes named networks only",
    "pg_hba 写明来源网段",
    "name the networks in pg_hba",
)
def _hba_source(text: str) -> Seen:
    wide = ["|".join(row) for row in remote_rules(text) if row[3] in _ANYWHERE or row[3] == "all"]
    return not wide, shown(wide) or f"{len(remote_rules(text))} remote rules, each from a named network"


@check(
    "security_group_rules",
    "安全组不对任意来源开放管理端口",
    "no security group opens a management port to all",
    "限定来源网段",
    "limit the source",
)
def _group_source(text: str) -> Seen:
    rules = some([rule for rule in table(text) if rule["direction"] == "ingress"], "ingress rule")
    wide = [_rule(rule) for rule in rules if _from_anywhere(rule) and _covers_admin(rule)]
    return not wide, shown(wide) or f"{len(rules)} ingress rules, none opens 22, 3306, 3389, 5432 to all"


def _from_anywhere(rule: dict[str, object]) -> bool:
    return not rule["remote_group_id"] and rule["remote_ip_prefix"] in (None, *_ANYWHERE)


def _covers_admin(rule: dict[str, object]) -> bool:
    low, high = rule["port_range_min"], rule["port_range_max"]
    if rule["protocol"] not in (None, "tcp", "6", "any"):
        return False
    return not isinstance(low, int) or not isinstance(high, int) or any(low <= port <= high for port in _ADMIN_PORTS)


def _rule(rule: dict[str, object]) -> str:
    ports = f"{rule['port_range_min']}-{rule['port_range_max']}"
    return f"{rule['security_group_id']}: {rule['protocol']} {ports} from {rule['remote_ip_prefix'] or 'anywhere'}"


_INTRUSION_ALARM = alarm_rules(r"intrusion|ids|aide|wazuh|falco", "入侵事件有报警规则", "intrusions have an alarm rule")

ITEMS = MappingProxyType(
    {
        **controls(
            Each("L3-CES1-17", "host", (_little_installed,)),
            Each("L3-CES1-21", "host", patching),
            Each("L3-CES1-22", "host", (HOST_IDS, BASELINE_OF_FILES)),
            Somewhere("L3-CES1-22", "host", "prometheus_rules", (_INTRUSION_ALARM,), NO_ALARMS, GET_ALARMS),
        ),
        "L3-CES1-18": services_off,
        "L3-CES1-19": terminals,
    }
)
