"""集中管控 (8.1.5.4): a management zone, a safe path to it, logs in one place for half a year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import forwarding, no_remote_shells, retention, rotation
from compliance.finding import Check, Finding, Seen, Words, judge, judge_each
from compliance.raw import shown, sockets
from compliance.snapshot import Evidence, Snapshot
from inventory.addresses import management, place

_BARE = ("node", "router", "edge", "workstation")
_DAEMON_SHELLS = range(2601, 2625)  # FRR's telnet shells


def management_zone(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-SMC1-07: machines are managed in a network of its own."""
    for evidence in snapshot.of("host"):
        if evidence.role in _BARE:
            yield judge("L3-SMC1-07", evidence, (_managed_apart(snapshot, evidence),))


def safe_path(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-SMC1-08: network and security devices are managed over a secure path."""
    for evidence in snapshot.of("host"):
        if evidence.role in ("router", "edge"):
            yield judge("L3-SMC1-08", evidence, (no_remote_shells(), _NO_DAEMON_SHELLS))


def central_logs(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-SMC1-10: logs are gathered and kept as the law asks."""
    days = snapshot.baseline.log_retention_days
    yield from judge_each("L3-SMC1-10", snapshot, "host", forwarding(), retention(days), rotation(days))


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


def _no_daemon_shells(text: str) -> Seen:
    found = [s.raw for s in sockets(text) if s.port in _DAEMON_SHELLS and not s.local]
    return not found, shown(found) or "routing daemons offer no shell to the network"


_NO_DAEMON_SHELLS = Check(
    "listening",
    _no_daemon_shells,
    Words("路由进程不对网络开放命令行", "the routing daemons offer no shell to the network"),
    Words("vtysh 只监听本机", "bind the daemons' shells to the loopback"),
)

ITEMS = MappingProxyType(
    {
        "L3-SMC1-07": management_zone,
        "L3-SMC1-08": safe_path,
        "L3-SMC1-10": central_logs,
    }
)
