"""The router between a centre's zones and its provider network. It routes without NAT: addresses are the site's own."""

from __future__ import annotations

import pulumi

from inventory.model import Part
from stacks.components import Component
from stacks.provider_network import PROVIDER_NETWORK


class GatewayConfig(Part):
    """`address` is the router's own on the provider network."""

    name: str
    address: str


class Gateway(Component):
    """A router with an interface in every zone."""

    def __init__(
        self,
        config: GatewayConfig,
        project_id: pulumi.Input[str],
        subnet_ids: list[pulumi.Output[str]],
        options: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("gateway", config.name, options)
        self.router = self.add(
            "router",
            config.name,
            {
                "name": config.name,
                "project_id": project_id,
                "external_network": PROVIDER_NETWORK,
                "external_address": config.address,
                "snat": False,
                "subnet_ids": subnet_ids,
            },
        )
        self.register_outputs({})
