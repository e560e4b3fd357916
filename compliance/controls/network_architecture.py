"""网络架构 (8.1.2.1): zones as declared, core zones away from the edge, nothing single."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, Words, judge, judge_each
from compliance.raw import shown, table
from compliance.snapshot import Evidence, Snapshot
from inventory.addresses import line_ends, provider
from inventory.machines import machines
from inventory.model import Site
from monitors.probes.line import parse_bgp


def zoned(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS1-03: networks are the declared zones' and no others."""
    for evidence in snapshot.of("cloud"):
        yield judge("L3-CNS1-03", evidence, (_subnets(snapshot, evidence.place),))


def core_inside(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS1-04: no instance of a zone has an address at the edge."""
    yield from judge_each("L3-CNS1-04", snapshot, "cloud", _no_exposed(snapshot.site))


def redundant(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS1-05: two carriers up at every place, and two routers and nodes."""
    for evidence in snapshot.of("router"):
        checks = (_two_carriers(snapshot, evidence), _two_devices(snapshot, evidence))
        yield judge("L3-CNS1-05", evidence, checks)


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
    ends = {end.peer: end for end in line_ends(snapshot.site, evidence.place)}

    def test(text: str) -> Seen:
        sessions = parse_bgp(text)
        up = [ends[peer] for peer, bgp in sessions.items() if peer in ends and bgp.state == "Established"]
        pairs = {end.peer_place for end in ends.values() if end.peer in sessions}
        carriers = {place: {end.link.carrier for end in up if end.peer_place == place} for place in pairs}
        single = [
            f"{place}: {', '.join(sorted(found)) or 'no line up'}"
            for place, found in sorted(carriers.items())
            if len(found) < 2
        ]
        return bool(pairs) and not single, shown(single) or f"{len(up)} lines up, two carriers to each of {len(pairs)}"

    return Check(
        "bgp",
        test,
        Words("到每个对端都有两家运营商线路在用", "two carriers are up to every other place"),
        Words("修复或增加线路", "repair or add a line"),
    )


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


ITEMS = MappingProxyType({"L3-CNS1-03": zoned, "L3-CNS1-04": core_inside, "L3-CNS1-05": redundant})
