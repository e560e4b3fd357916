"""A security group: exactly the declared rules, whatever their order; a stranger's rule is taken out."""

from __future__ import annotations

from stacks.spec import load
from tests.stacks.bench import Bench

DATABASE = {"protocol": "tcp", "source": "10.0.0.0/8", "port": 5432}
PING = {"protocol": "icmp", "source": "10.0.0.0/8"}


def test_rules_are_compared_as_a_set(bench: Bench) -> None:
    wish = {"name": "zone", "project_id": bench.project(), "ingress": [DATABASE, PING]}
    group_id, state = bench.create("security_group", **wish)
    turned = wish | {"ingress": [PING, DATABASE]}
    assert load("security_group").changes(state, turned) == []
    assert bench.update("security_group", group_id, state, wish | {"ingress": [DATABASE]})["ingress"] == [DATABASE]


def test_a_rule_that_nobody_declared_goes(bench: Bench) -> None:
    project_id = bench.project()
    wish = {"name": "zone", "project_id": project_id, "ingress": [PING]}
    group_id, _ = bench.create("security_group", **wish)
    bench.connect(project_id).network.create_security_group_rules(
        [
            {
                "security_group_id": group_id,
                "direction": "ingress",
                "ether_type": "IPv4",
                "protocol": "tcp",
                "remote_ip_prefix": "0.0.0.0/0",
                "port_range_min": 23,
                "port_range_max": 23,
            }
        ]
    )
    drifted = bench.read("security_group", group_id, wish) or {}
    assert load("security_group").changes(drifted, wish) == ["ingress"]
    assert bench.update("security_group", group_id, drifted, wish)["ingress"] == [PING]
