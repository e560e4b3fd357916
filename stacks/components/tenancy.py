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
    """What is placed, plus room: for replacements beside the originals, and for the reservations of requests that run
    at the same time, which Neutron counts too (seen: "quota exceeded" with five of eight security groups in use).

    Ports: one per server, and router, DHCP and metadata ports per zone.
    """
    return {
        "instances": config.instances,
        "cores": config.cores,
        "ram_mb": config.ram_mb,
        "server_groups": config.instances + 10,
        "server_group_members": config.instances + 10,
        "key_pairs": 10,
        "networks": config.zones + 10,
        "subnets": config.zones + 10,
        "ports": 2 * config.instances + 4 * config.zones + 10,
        "routers": 5,
        "floating_ips": config.instances + 10,
        "security_groups": 2 * config.zones + 10,
        "security_group_rules": 500 * config.zones,
        "volumes": config.volumes,
        "volume_gb": config.volume_gb,
    }
