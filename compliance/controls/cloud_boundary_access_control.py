"""访问控制，云边界 (8.2.3.1): rules at every virtual port, zones of different grade kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from compliance.finding import Finding, Seen, check, judge_each
from compliance.raw import shown, some, table
from compliance.snapshot import Snapshot


def at_ports(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS2-01: every instance's port is filtered."""
    yield from judge_each("L3-ABS2-01", snapshot, "cloud", _filtered)


def between_zones(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS2-02: rules between zones name who may come."""
    yield from judge_each("L3-ABS2-02", snapshot, "cloud", _named_sources)


@check(
    "ports",
    "每个实例端口启用安全组",
    "every instance's port has security groups",
    "启用端口安全并绑定安全组",
    "enable port security and bind a security group",
)
def _filtered(text: str) -> Seen:
    ports = some([r for r in table(text) if str(r["device_owner"]).startswith("compute:")], "instance port")
    bare = [_port(row) for row in ports if not row["is_port_security_enabled"] or not row["security_group_ids"]]
    return not bare, shown(bare) or f"{len(ports)} instance ports, all with security groups"


@check(
    "security_group_rules",
    "安全组入方向规则限定来源",
    "every ingress rule names its source",
    "按声明的流量写明来源",
    "name the source as the model's flows do",
)
def _named_sources(text: str) -> Seen:
    ingress = some([rule for rule in table(text) if rule["direction"] == "ingress"], "ingress rule")
    wide = [
        rule
        for rule in ingress
        if not rule["remote_group_id"] and rule["remote_ip_prefix"] in (None, "0.0.0.0/0", "::/0")
    ]
    return not wide, shown([_rule(rule) for rule in wide]) or f"{len(ingress)} rules name a source"


def _port(row: dict[str, Any]) -> str:
    addresses = ", ".join(ip["ip_address"] for ip in row["fixed_ips"] or ())
    return f"{addresses or row['id']}: port security {row['is_port_security_enabled']}"


def _rule(rule: dict[str, Any]) -> str:
    return f"{rule['security_group_id']}: {rule['protocol'] or 'any'} {rule['port_range_min'] or ''} from anywhere"


ITEMS = MappingProxyType({"L3-ABS2-01": at_ports, "L3-ABS2-02": between_zones})
