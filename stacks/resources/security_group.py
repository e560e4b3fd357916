"""A security group with its rules. What is let in is listed; what goes out is Neutron's default (everything).

A rule is `{"protocol", "source", "port"}`: tcp, udp or icmp from a CIDR; the port is left out for all ports.
"""

from __future__ import annotations

from typing import Any

from stacks.spec import Field, Inputs, Spec, Thing, View


def _rule(raw: Any) -> dict[str, Any]:
    rule = {
        "protocol": raw["protocol"] or "any",
        "source": raw["remote_ip_prefix"] or "0.0.0.0/0",
        "port": raw["port_range_min"],
    }
    return {key: value for key, value in rule.items() if value is not None}


def _ingress(group: Thing) -> list[Any]:
    return [raw for raw in group.security_group_rules or [] if raw["direction"] == "ingress"]


def _read(view: View, group: Thing) -> Inputs:
    return {"ingress": [_rule(raw) for raw in _ingress(group)]}


def _settle(view: View, group: Thing, inputs: Inputs) -> None:
    """Add what is missing, remove what nobody declared."""
    network = view.conn.network
    current = network.get_security_group(group.id)
    wanted = [{**rule, "port": int(rule["port"])} if rule.get("port") else dict(rule) for rule in inputs["ingress"]]
    there = _ingress(current)
    for raw in there:
        if _rule(raw) not in wanted:
            network.delete_security_group_rule(raw["id"], ignore_missing=True)
    have = [_rule(raw) for raw in there]
    missing = [_body(group.id, rule) for rule in wanted if rule not in have]
    if missing:
        network.create_security_group_rules(missing)


def _body(group_id: str, rule: dict[str, Any]) -> dict[str, Any]:
    body = {
        "security_group_id": group_id,
        "direction": "ingress",
        "ether_type": "IPv4",
        "remote_ip_prefix": rule["source"],
    }
    if rule["protocol"] != "any":
        body["protocol"] = rule["protocol"]
    if "port" in rule:
        body |= {"port_range_min": rule["port"], "port_range_max": rule["port"]}
    return body


def _create(view: View, inputs: Inputs) -> Thing:
    return view.conn.network.create_security_group(
        name=inputs["name"], project_id=inputs["project_id"], description=f"medcloud:site={view.owner}"
    )


def _get(view: View, group_id: str, inputs: Inputs) -> Thing:
    return view.conn.network.get_security_group(group_id)


def _update(view: View, group: Thing, state: Inputs, wish: Inputs) -> None:
    _settle(view, group, wish)


SPEC = Spec(
    kind="security_group",
    service="network",
    noun="security_group",
    plural="security_groups",
    query=("project_id",),
    fields={
        "name": Field(replace=True),
        "project_id": Field(replace=True),
        "ingress": Field(list, unordered=True),
    },
    create=_create,
    get=_get,
    settle=_settle,
    read=_read,
    update=_update,
)
