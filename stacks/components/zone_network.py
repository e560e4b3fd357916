"""A security zone in one centre: its network, subnet and security group with the only flows allowed into it."""

from __future__ import annotations

from typing import Any

import pulumi

from inventory.model import Part
from stacks.components import Component


class Rule(Part):
    """Traffic let in: from a CIDR, to one port, or to all ports of the protocol."""

    protocol: str
    source: str
    port: int | None = None


class ZoneNetworkConfig(Part):
    """`pool` is what DHCP and metadata may use; servers have declared addresses outside of it."""

    name: str
    cidr: str
    gateway: str
    pool: tuple[str, str]
    rules: tuple[Rule, ...]


class ZoneNetwork(Component):
    """Network, subnet and security group of a zone."""

    def __init__(
        self, config: ZoneNetworkConfig, project_id: pulumi.Input[str], options: pulumi.ResourceOptions
    ) -> None:
        super().__init__("zone-network", config.name, options)
        common: dict[str, Any] = {"name": config.name, "project_id": project_id}
        self.network = self.add("network", config.name, common)
        self.subnet = self.add(
            "subnet",
            config.name,
            {
                "network_id": self.network.id,
                "cidr": config.cidr,
                "gateway": config.gateway,
                "allocation_pools": [{"start": config.pool[0], "end": config.pool[1]}],
                **common,
            },
        )
        self.security_group = self.add(
            "security_group",
            config.name,
            {"ingress": [rule.model_dump(exclude_none=True) for rule in config.rules], **common},
        )
        self.register_outputs({})
