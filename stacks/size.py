"""A server's size, and the name of the flavor that has it."""

from __future__ import annotations

from inventory.model import Part


class Size(Part):
    """vCPUs and memory in GB; Nova's flavor counts MiB (1 GB of the model is sold as 1,024 MiB).

    `runs_in_mb` is for a rehearsal lab: the server keeps its declared size, but Placement counts what it really takes,
    because no hypervisor of a lab could hold it otherwise.
    """

    vcpus: int
    memory_gb: int
    runs_in_mb: int | None = None

    @property
    def name(self) -> str:
        declared = f"{self.vcpus}c{self.memory_gb}g"
        return declared if self.runs_in_mb is None else f"{declared}-lab{self.runs_in_mb}m"

    @property
    def ram_mb(self) -> int:
        return self.memory_gb * 1024

    @property
    def extra_specs(self) -> dict[str, str]:
        """What Placement is asked for instead of the declared size (Nova's `resources:` overrides); empty: the size."""
        if self.runs_in_mb is None:
            return {}
        return {"resources:VCPU": "1", "resources:MEMORY_MB": str(self.runs_in_mb), "resources:DISK_GB": "2"}
