"""The flavors of a centre."""

from __future__ import annotations

import pulumi

from stacks.components.sizes import Sizes
from stacks.size import Size
from tests.stacks.component_bench import declared, of_kind


def test_a_flavor_keeps_the_declared_size_whatever_a_lab_takes() -> None:
    sizes = [Size(vcpus=2, memory_gb=8), Size(vcpus=16, memory_gb=64, runs_in_mb=512)]
    real, declared_only = of_kind(declared(lambda: Sizes(sizes, pulumi.ResourceOptions())), "flavor")
    assert (real.name, real.inputs["vcpus"], real.inputs["ram_mb"]) == ("16c64g-in-512m", 16, 65536)
    assert real.inputs["extra_specs"] == {"resources:VCPU": "1", "resources:MEMORY_MB": "512"}
    assert (declared_only.name, declared_only.inputs["extra_specs"]) == ("2c8g", {})
