"""A clinical or management system in one centre: its servers kept apart, their volumes, perhaps an outside address."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from inventory.model import Part
from stacks.components import CloudResource, Component
from stacks.provider_network import PROVIDER_NETWORK
from stacks.size import Size

LARGEST_VOLUME_GB = 15_000  # a volume may be one file, and ext4 files end at 16 TiB


class ServerConfig(Part):
    """One server. `runs` is machine (it boots) or counted (placed on Nova's fake driver, says so in its metadata)."""

    name: str
    address: str
    size: Size
    runs: str
    storage_gb: int
    storage_tier: str | None  # None: local disks of a dedicated server, no volume
    role: str  # primary, sync, async or standby


class SystemConfig(Part):
    """A system's servers in one centre. `public` gives the first of them an address on the provider network."""

    name: str
    zone: str
    data_class: int
    public: bool
    servers: tuple[ServerConfig, ...]


@dataclass(frozen=True)
class Place:
    """Where a system's servers go; `router` must be there before an outside address can be."""

    project_id: pulumi.Input[str]
    network_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    key_name: str
    images: dict[str, pulumi.Output[str]]
    needs: list[pulumi.Resource]
    router: pulumi.Resource


class System(Component):
    """Server group (soft anti-affinity, only for several servers), servers, volumes, floating IP."""

    def __init__(self, config: SystemConfig, place: Place, options: pulumi.ResourceOptions) -> None:
        super().__init__("system", config.name, options)
        self._config, self._place = config, place
        group = self._group() if len(config.servers) > 1 else None
        self.servers = [self._server(server, group) for server in config.servers]
        for server in config.servers:
            self._volumes(server)
        if config.public:
            self._outside(config.servers[0].name, self.servers[0])
        self.register_outputs({})

    def _group(self) -> pulumi.Output[str]:
        # soft: a centre that lost hosts still starts the last replica somewhere
        name = self._config.name
        inputs = {"name": name, "project_id": self._place.project_id, "policy": "soft-anti-affinity"}
        return self.add("server_group", name, inputs, after=self._place.needs).id

    def _server(self, server: ServerConfig, group: pulumi.Output[str] | None) -> CloudResource:
        place = self._place
        inputs = {
            "name": server.name,
            "project_id": place.project_id,
            "image_id": place.images[server.runs],
            "flavor": server.size.name,
            "key_name": place.key_name,
            "network_id": place.network_id,
            "subnet_id": place.subnet_id,
            "address": server.address,
            "server_group_id": group,
            "security_group_ids": [place.security_group_id],
            "metadata": self._metadata(server),
        }
        # a newer golden image is for new servers, it never rebuilds one that holds data
        return self.add("server", server.name, inputs, ("port_id",), ignore=["image_id"], after=place.needs)

    def _metadata(self, server: ServerConfig) -> dict[str, str]:
        return {
            "medcloud:runs": server.runs,
            "medcloud:system": self._config.name,
            "medcloud:role": server.role,
            "medcloud:zone": self._config.zone,
            "medcloud:data-class": str(self._config.data_class),
        }

    def _volumes(self, server: ServerConfig) -> None:
        if server.storage_tier is None:
            return
        for number, size in enumerate(split(server.storage_gb), 1):
            name = f"{server.name}-data-{number}"
            inputs = {"name": name, "project_id": self._place.project_id, "size_gb": size, "type": server.storage_tier}
            self.add("volume", name, inputs, after=self._place.needs)

    def _outside(self, name: str, server: CloudResource) -> None:
        inputs = {
            "name": name,
            "project_id": self._place.project_id,
            "network": PROVIDER_NETWORK,
            "port_id": server.output("port_id"),
        }
        self.add("floating_ip", name, inputs, ("address",), after=[self._place.router])


def split(size_gb: int) -> list[int]:
    """A size as the fewest volumes of equal size (± 1 GB) that are each at most LARGEST_VOLUME_GB."""
    count = -(-size_gb // LARGEST_VOLUME_GB)
    return [size_gb // count + (1 if number < size_gb % count else 0) for number in range(count)]
