"""Keypair and images of a centre."""

from __future__ import annotations

import pulumi

from stacks.components.access import Access, AccessConfig, ImageConfig
from tests.stacks.component_bench import declared, of_kind


def test_one_image_per_way_of_running() -> None:
    images = {
        "counted": ImageConfig(name="counted", hypervisor="fake"),
        "machine": ImageConfig(name="machine", hypervisor="lxc", content="abc", path="disk.raw"),
    }
    config = AccessConfig(site="xiamen", public_key="ssh-ed25519 AAAA\n", images=images)
    made = declared(lambda: Access(config, "p", pulumi.ResourceOptions()))
    counted, machine = of_kind(made, "image")
    assert (counted.inputs["hypervisor"], "path" in counted.inputs) == ("fake", False)
    assert (machine.inputs["hypervisor"], machine.inputs["content"]) == ("lxc", "abc")
    assert of_kind(made, "keypair")[0].inputs["public_key"] == "ssh-ed25519 AAAA"
