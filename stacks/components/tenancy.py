"""The hospital's project in a centre's cloud, with a quota computed from what the model places there."""

from __future__ import annotations

import pulumi

from inventory.model import Part
from stacks.components import Component


class TenancyConfig(Part):
    """What the project must hold: counts, vCPUs, memory in MiB, volumes in GB."""

    project: str
    instances: int
    cores: int
    ram_mb: int
    volumes: int
    volume_gb: int
    zones: int


class Tenancy(Component):
    """Project and quota; `project_id` is what everything else lives in."""

    def __init__(self, config: TenancyConfig, options: pulumi.ResourceOptions) -> None:
        super().__init__("tenancy", config.project, options)
        self.project = self.add("project", config.project, {"name": config.project})
        self.quota = self.add("quota", config.project, {"project_id": self.project.id, **_limits(config)})
        self.project_id = self.project.id
        self.register_outputs({"project_id": self.project_id})


def _limits(config: TenancyConfig) -> dict[str, int]:
    """Exactly what is placed, plus room for a replacement beside the original in what Neutron counts.

    Ports: one per server, and router, DHCP and metadata ports per zone.
    """
    return {
        "instances": config.instances,
        "cores": config.cores,
        "ram_mb": config.ram_mb,
        "server_groups": config.instances + 10,
        "server_group_members": config.instances + 10,
        "key_pairs": 10,
        "networks": config.zones + 2,
        "subnets": config.zones + 2,
        "ports": config.instances + 4 * config.zones + 10,
        "routers": 2,
        "floating_ips": config.instances + 10,
        "security_groups": config.zones + 3,
        "security_group_rules": 200 * config.zones,
        "volumes": config.volumes,
        "volume_gb": config.volume_gb,
    }
