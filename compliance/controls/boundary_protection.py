"""边界防护 (8.1.3.1): only declared ways in and out, nobody strange inside, no wireless."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import declared_peers
from compliance.finding import Finding, Seen, check, judge, judge_each
from compliance.raw import absent, shown, some, table
from compliance.rules import Each, controls
from compliance.snapshot import Snapshot


def controlled(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS1-01: traffic crosses the boundary on declared lines alone."""
    for evidence in snapshot.of("router"):
        yield judge("L3-ABS1-01", evidence, (declared_peers(snapshot.site, evidence.place),))
    yield from judge_each("L3-ABS1-01", snapshot, "cloud", _one_external)


def wireless(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS1-04: no wireless card where none belongs."""
    yield from judge_each("L3-ABS1-04", snapshot, "host", _no_wireless)


@check(
    "networks",
    "云只有一个外部网络出口",
    "the cloud has exactly one external network",
    "删除多余的外部网络",
    "remove the other external networks",
)
def _one_external(text: str) -> Seen:
    found = [row["name"] for row in table(text) if row["is_router_external"]]
    return len(found) == 1, f"external networks: {', '.join(found) or 'none'}"


@check("wireless", "服务器没有无线网卡", "no wireless card", "拆除或禁用无线网卡", "remove or disable it")
def _no_wireless(text: str) -> Seen:
    return absent(text), text.strip()


@check(
    "networks",
    "虚拟网络启用端口安全，未登记的地址不能接入",
    "port security keeps undeclared addresses off the virtual networks",
    "启用 port_security_enabled",
    "switch port security on",
)
def _port_security(text: str) -> Seen:
    inner = some([row for row in table(text) if not row["is_router_external"]], "tenant network")
    bare = [row["name"] for row in inner if not row["is_port_security_enabled"]]
    return not bare, shown(bare) or f"{len(inner)} networks, all with port security"


@check(
    "addresses_known",
    "边界设备校验来源地址（rp_filter）",
    "the device checks where addresses come from (rp_filter)",
    "sysctl net.ipv4.conf.all.rp_filter=2（双线时用松散模式）",
    "set net.ipv4.conf.all.rp_filter=2 (loose where paths are asymmetric)",
)
def _source_checked(text: str) -> Seen:
    found = re.search(r"^net\.ipv4\.conf\.all\.rp_filter = (\d)$", text, re.MULTILINE)
    return bool(found) and found is not None and found[1] in "12", found[0] if found else "rp_filter: not shown"


@check(
    "links",
    "没有第二条对外默认路由",
    "there is no second way out (default route)",
    "删除多余的默认路由",
    "remove the other default route",
)
def _one_way_out(text: str) -> Seen:
    ways = [line for line in text.splitlines() if line.startswith("default ")]
    return len(ways) <= 1, shown(ways) or "no default route"


@check(
    "nftables",
    "转发默认拒绝，不存在放行到任意地址的规则",
    "forwarding is refused by default, no rule lets anybody out to anywhere",
    "转发链 policy drop，规则写明目的",
    "set policy drop and name targets",
)
def _egress_limited(text: str) -> Seen:
    chains = re.findall(r"chain \S+ \{\s*(type filter hook forward [^\n]+)\n(.*?)\n\s*\}\n", f"{text}\n", re.S)
    heads = [head for head, _ in chains]
    rules = [line.strip() for _, body in chains for line in body.splitlines() if line.strip().endswith("accept")]
    wide = [rule for rule in rules if not re.search(r"\b(daddr|oifname|iifname|ct state|icmp)\b", rule)]
    return any("policy drop" in head for head in heads) and not wide, shown(wide or heads) or "no chain at hook forward"


@check(
    "security_group_rules",
    "实例出方向限定目的",
    "instances may open connections to named targets only",
    "删除默认的全部放行出方向规则",
    "remove the default rules that let everything out",
)
def _group_egress(text: str) -> Seen:
    rules = some([rule for rule in table(text) if rule["direction"] == "egress"], "egress rule")
    wide = [
        f"{rule['security_group_id']}: {rule['protocol'] or 'any'} to anywhere"
        for rule in rules
        if not rule["remote_group_id"] and rule["remote_ip_prefix"] in (None, "0.0.0.0/0", "::/0")
    ]
    return not wide, shown(wide, 2) or f"{len(rules)} egress rules, each to a named target"


ITEMS = MappingProxyType(
    {
        "L3-ABS1-01": controlled,
        **controls(
            Each("L3-ABS1-02", "cloud", (_port_security,)),
            Each("L3-ABS1-02", "router", (_source_checked,)),
            Each("L3-ABS1-03", "host", (_one_way_out,)),
            Each("L3-ABS1-03", "router", (_egress_limited,)),
            Each("L3-ABS1-03", "cloud", (_group_egress,)),
        ),
        "L3-ABS1-04": wireless,
    }
)
