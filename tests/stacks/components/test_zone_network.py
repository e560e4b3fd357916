"""Network, subnet and security group of a zone."""

from __future__ import annotations

import pulumi

from stacks.components.zone_network import Rule, ZoneNetwork, ZoneNetworkConfig
from tests.stacks.component_bench import declared, of_kind


def test_a_zone_is_a_network_with_its_own_rules() -> None:
    config = ZoneNetworkConfig(
        name="data",
        cidr="10.21.20.0/24",
        gateway="10.21.20.1",
        pool=("10.21.20.200", "10.21.20.250"),
        rules=(Rule(protocol="tcp", source="10.21.10.0/24", port=5432), Rule(protocol="icmp", source="10.88.1.0/24")),
    )
    made = declared(lambda: ZoneNetwork(config, "p", pulumi.ResourceOptions()))
    (subnet,), (group,) = of_kind(made, "subnet"), of_kind(made, "security_group")
    assert subnet.inputs["network_id"] == "network/data"
    assert subnet.inputs["allocation_pools"] == [{"start": "10.21.20.200", "end": "10.21.20.250"}]
    assert group.inputs["ingress"] == [
        {"protocol": "tcp", "source": "10.21.10.0/24", "port": 5432},
        {"protocol": "icmp", "source": "10.88.1.0/24"},
    ]
