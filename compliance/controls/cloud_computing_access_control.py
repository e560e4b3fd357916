"""访问控制，云计算环境 (8.2.4.2): rules move with an instance, tenants set them between their instances."""

from __future__ import annotations

from compliance.finding import Seen, check
from compliance.raw import Unsaid, configured, line_with, shown, some, table
from compliance.rules import Each, controls


@check(
    "ports",
    "访问策略绑定在逻辑端口上，随实例迁移",
    "rules hang on the logical port, so they move with the instance",
    "为每个实例端口绑定安全组",
    "bind security groups to every instance port",
)
def _on_the_port(text: str) -> Seen:
    ports = some([row for row in table(text) if str(row["device_owner"]).startswith("compute:")], "instance port")
    bare = [row["id"] for row in ports if not row["security_group_ids"]]
    return not bare, shown(bare) or f"{len(ports)} instance ports, each with its security groups"


@check(
    "openstack_conf",
    "策略由分布式网络（OVN）在目标主机重建",
    "the distributed network (OVN) rebuilds rules on the target host",
    "采用 OVN 或 openvswitch 机制驱动",
    "use the OVN or openvswitch mechanism driver",
)
def _distributed(text: str) -> Seen:
    for file in ("/etc/neutron/plugins/ml2/ml2_conf.ini", "/etc/neutron/ml2.ini"):
        try:
            found = line_with(configured(text, file), r"mechanism_drivers\s*=")
        except ValueError:
            continue
        return "ovn" in found or "openvswitch" in found, found or "mechanism_drivers: not set"
    raise Unsaid("no ml2 configuration was read")


@check(
    "security_group_rules",
    "租户按安全组互访授权",
    "tenants allow instances by security group",
    "以 remote_group 写实例间规则",
    "write rules between instances by remote group",
)
def _between_instances(text: str) -> Seen:
    rules = some([rule for rule in table(text) if rule["direction"] == "ingress"], "ingress rule")
    named = [r for r in rules if r["remote_group_id"] or r["remote_ip_prefix"] not in (None, "0.0.0.0/0", "::/0")]
    return bool(named), f"{len(named)} of {len(rules)} ingress rules name a group or a network"


ITEMS = controls(
    Each("L3-CES2-02", "cloud", (_on_the_port,)),
    Each("L3-CES2-02", "node", (_distributed,)),
    Each("L3-CES2-03", "cloud", (_between_instances,)),
)
