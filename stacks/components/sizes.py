"""The flavors that a centre's servers need, each distinct size once."""

from __future__ import annotations

import pulumi

from inventory.model import Part
from stacks.components import Component


class Size(Part):
    """vCPUs and memory in GB; Nova's flavor counts MiB (1 GB of the model is sold as 1,024 MiB)."""

    vcpus: int
    memory_gb: int

    @property
    def name(self) -> str:
        return f"{self.vcpus}c{self.memory_gb}g"

    @property
    def ram_mb(self) -> int:
        return self.memory_gb * 1024


class Sizes(Component):
    """One flavor per size; disk 0 lets the image decide, the data lies on volumes."""

    def __init__(self, sizes: list[Size], options: pulumi.ResourceOptions) -> None:
        super().__init__("sizes", "sizes", options)
        self.flavors = {
            size.name: self.add(
                "flavor", size.name, {"name": size.name, "vcpus": size.vcpus, "ram_mb": size.ram_mb})
            for size in sizes
        }
        self.register_outputs({})
