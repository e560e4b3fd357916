"""网络架构 (8.1.2.1): devices and lines carry the peak, zones as declared, nothing single."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, Words, check, judge, judge_each
from compliance.history import CUT_SURVIVED, ROOM_AT_PEAK
from compliance.raw import Unsaid, setting, shown, some, table
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.addresses import line_ends, provider
from inventory.machines import machines
from inventory.model import Site
from monitors.probes.line import parse_bgp

_BUSY, _LOSS = 0.8, 0.001  # share of a device in use, share of packets lost


@check(
    "load",
    "处理器、内存、会话表有余量",
    "processor, memory and session table have room",
    "扩容或分担流量",
    "give it more, or share the load",
)
def _room(text: str) -> Seen:
    cpus, load = int(setting(text, "cpus")[0]), float(setting(text, "loadavg")[0].split()[1])
    total, free = (int(setting(text, f"{key}:")[0].split()[0]) for key in ("MemTotal", "MemAvailable"))
    used = {"load per cpu": load / cpus, "memory": 1 - free / total}
    if entry := setting(text, "conntrack")[0]:
        used["sessions"] = int(entry.split()[0]) / int(entry.split()[1])
    return max(used.values()) <= _BUSY, ", ".join(f"{name} {share:.0%}" for name, share in used.items())


@check(
    "load",
    "保留高峰期负载历史",
    "a history shows the peak hours",
    "启用 sysstat 或 Prometheus 采集",
    "keep a history (sysstat or Prometheus)",
)
def _history(text: str) -> Seen:
    kept = re.findall(r"^sar?\d+$", text, re.MULTILINE)
    return bool(kept), kept[-1] if kept else "no history of the load is kept on this device"


@check(
    "counters",
    "接口丢包与错误率低于千分之一",
    "interfaces lose less than one packet in a thousand",
    "扩容线路或检查端口",
    "widen the line or look at the port",
)
def _few_lost(text: str) -> Seen:
    links = [row for row in json.loads(text) if "LOOPBACK" not in row.get("flags", ())]
    rows = some([(row["ifname"], row["stats64"][way]) for row in links for way in ("rx", "tx")], "interface counter")
    bad = [
        f"{name}: {stats['dropped'] + stats['errors']} of {stats['packets']} lost"
        for name, stats in rows
        if stats["dropped"] + stats["errors"] > _LOSS * max(stats["packets"], 1000)
    ]
    return not bad, shown(bad) or f"{len(links)} interfaces, {sum(stats['packets'] for _, stats in rows)} packets"


@check(
    "queues",
    "各业务队列丢包低于千分之一",
    "every traffic class loses less than one packet in a thousand",
    "调整 QoS 份额或扩容线路",
    "change the class's share or widen the line",
)
def _queues(text: str) -> Seen:
    heads = re.findall(r"^qdisc (\S+ \S+ dev \S+).*?Sent \d+ bytes (\d+) pkt \(dropped (\d+)", text, re.M | re.S)
    some(heads, "queue")
    bad = [
        f"{name}: {lost} of {sent} dropped" for name, sent, lost in heads if int(lost) > _LOSS * max(int(sent), 1000)
    ]
    return not bad, shown(bad) or f"{len(heads)} queues, none drops"


def zoned(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS1-03: networks are the declared zones' and no others."""
    for evidence in snapshot.of("cloud"):
        yield judge("L3-CNS1-03", evidence, (_subnets(snapshot, evidence.place),))


def core_inside(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS1-04: no instance of a zone has an address at the edge."""
    yield from judge_each("L3-CNS1-04", snapshot, "cloud", _no_exposed(snapshot.site))


def _doubled(snapshot: Snapshot, evidence: Evidence) -> tuple[Check, ...]:
    """Two carriers up at every place, and two routers and nodes."""
    return (_two_carriers(snapshot, evidence), _two_devices(snapshot, evidence))


def _subnets(snapshot: Snapshot, centre: str) -> Check:
    site = snapshot.site

    def test(text: str) -> Seen:
        declared = {str(zone.networks[centre]) for zone in site.zones if centre in zone.networks}
        known = {row["cidr"] for row in table(text)} - {str(provider(site.centre(centre)))}
        missing, extra = sorted(declared - known), sorted(known - declared)
        raw = shown([f"missing {cidr}" for cidr in missing] + [f"undeclared {cidr}" for cidr in extra])
        return declared == known, raw or f"{len(known)} subnets, all declared"

    return Check(
        "subnets",
        test,
        Words("云内网段与声明的安全区域一致", "the cloud's subnets are the declared zones'"),
        Words("按模型应用（medcloud apply）或登记网段", "apply the model, or declare the network"),
    )


def _no_exposed(site: Site) -> Check:
    inner = [network for zone in site.zones if zone.isolated for network in zone.networks.values()]

    def test(text: str) -> Seen:
        used = [row for row in table(text) if row["port_id"]]
        exposed = [row for row in used if any(IPv4Address(row["fixed_ip_address"]) in network for network in inner)]
        raw = shown([f"{row['floating_ip_address']} → {row['fixed_ip_address']}" for row in exposed])
        return not exposed, raw or f"{len(used)} floating addresses, none leads into an isolated zone"

    return Check(
        "floating_ips",
        test,
        Words("独立专区的实例不直接暴露在边缘", "no instance of an isolated zone is exposed at the edge"),
        Words("取消浮动地址，经服务网关访问", "drop the floating address and go through the service gateway"),
    )


def _two_carriers(snapshot: Snapshot, evidence: Evidence) -> Check:
    """Over all routing devices of the place: a campus may have one edge per carrier."""
    ends = {end.peer: end for end in line_ends(snapshot.site, evidence.place)}
    others = [e for e in snapshot.of("router") if e.place == evidence.place and e.name != evidence.name]

    @check(
        "bgp",
        "到每个对端都有两家运营商线路在用",
        "two carriers are up to every other place",
        "修复或增加线路",
        "repair or add a line",
    )
    def test(text: str) -> Seen:
        sessions = parse_bgp(text)
        for other in others:
            if "bgp" not in other.sections:
                raise Unsaid(f"{other.name} at the same place was not read")
            sessions = {**parse_bgp(other.sections["bgp"]), **sessions}
        up = [ends[peer] for peer, bgp in sessions.items() if peer in ends and bgp.state == "Established"]
        pairs = {end.peer_place for end in ends.values() if end.peer in sessions}
        carriers = {place: {end.link.carrier for end in up if end.peer_place == place} for place in pairs}
        single = [
            f"{place}: {', '.join(sorted(found)) or 'no line up'}"
            for place, found in sorted(carriers.items())
            if len(found) < 2
        ]
        return bool(pairs) and not single, shown(single) or f"{len(up)} lines up, two carriers to each of {len(pairs)}"

    return test


def _two_devices(snapshot: Snapshot, evidence: Evidence) -> Check:
    kinds = Counter(m.kind for m in machines(snapshot.site) if m.place == evidence.place)

    def test(_: str) -> Seen:
        counts = {kind: kinds[kind] for kind in ("router", "edge", "node") if kinds[kind]}
        return all(count >= 2 for count in counts.values()), shown([f"{n} × {k}" for k, n in counts.items()])

    return Check(
        "bgp",
        test,
        Words("关键网络与计算设备双机", "routers and nodes are at least two"),
        Words("增加第二台路由器与节点", "add a second router and node"),
    )


ITEMS = MappingProxyType(
    {
        **controls(
            Each("L3-CNS1-01", "host", (_room, _history), roles=("router", "edge", "access")),
            Each("L3-CNS1-02", "router", (_few_lost, _queues)),
            Each("L3-CNS1-05", "router", _doubled),
            Each("L3-CNS1-05", "records", (ROOM_AT_PEAK, CUT_SURVIVED)),
        ),
        "L3-CNS1-03": zoned,
        "L3-CNS1-04": core_inside,
    }
)
