"""A server's size, and the name of the flavor that has it."""

from __future__ import annotations

from inventory.model import Part


class Size(Part):
    """vCPUs and memory in GB; Nova's flavor counts MiB (1 GB of the model is sold as 1,024 MiB).

    `runs_in_mb` is what a real machine takes in a lab: the flavor keeps the declared size, Placement counts the taken
    one, because a declared database server fits on no lab hypervisor.
    """

    vcpus: int
    memory_gb: int
    runs_in_mb: int | None = None

    @property
    def name(self) -> str:
        """The flavor's name and id, for example `4c16g` or `16c64g-in-512m`."""
        declared = f"{self.vcpus}c{self.memory_gb}g"
        return declared if self.runs_in_mb is None else f"{declared}-in-{self.runs_in_mb}m"

    @property
    def ram_mb(self) -> int:
        return self.memory_gb * 1024

    @property
    def extra_specs(self) -> dict[str, str]:
        """Nova's overrides of what Placement reserves."""
        if self.runs_in_mb is None:
            return {}
        return {"resources:VCPU": "1", "resources:MEMORY_MB": str(self.runs_in_mb)}
