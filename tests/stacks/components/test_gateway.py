"""The router of a centre."""

from __future__ import annotations

import pulumi

from stacks.components.gateway import Gateway, GatewayConfig
from tests.stacks.component_bench import declared, of_kind


def test_it_routes_every_subnet_without_nat() -> None:
    subnets = [pulumi.Output.from_input("a"), pulumi.Output.from_input("b")]
    config = GatewayConfig(name="gaodian", address="10.22.0.2")
    (router,) = of_kind(declared(lambda: Gateway(config, "p", subnets, pulumi.ResourceOptions())), "router")
    assert router.inputs["subnet_ids"] == ["a", "b"] and router.inputs["snat"] is False
    assert (router.inputs["external_network"], router.inputs["external_address"]) == ("provider", "10.22.0.2")
