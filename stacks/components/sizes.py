"""The flavors that a centre's servers need, each distinct size once."""

from __future__ import annotations

import pulumi

from stacks.components import Component
from stacks.size import Size


class Sizes(Component):
    """One flavor per size; disk 0 lets the image decide, the data lies on volumes."""

    def __init__(self, sizes: list[Size], options: pulumi.ResourceOptions) -> None:
        super().__init__("sizes", "sizes", options)
        self.flavors = {
            size.name: self.add(
                "flavor",
                size.name,
                {"name": size.name, "vcpus": size.vcpus, "ram_mb": size.ram_mb, "extra_specs": size.extra_specs},
            )
            for size in sizes
        }
        self.register_outputs({})
