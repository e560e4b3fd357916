"""A test's own corner of a cloud, fake or real: makes resources by the generic engine and deletes them afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stacks.clouds import Clouds, Connect
from stacks.lifecycle import Lifecycle
from stacks.spec import Inputs, load

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4m0T2r0vKXyuVbnLgO5rQ6ZbJmGx0cH1n9w8o7p6q5 test"
QUOTA = {
    "instances": 20,
    "cores": 40,
    "ram_mb": 81920,
    "server_groups": 5,
    "server_group_members": 20,
    "key_pairs": 9,
    "networks": 9,
    "subnets": 9,
    "ports": 99,
    "routers": 3,
    "floating_ips": 5,
    "security_groups": 9,
    "security_group_rules": 99,
    "volumes": 9,
    "volume_gb": 5000,
}


@dataclass
class Bench:
    """`provider_net` is the first three octets of the cloud's provider network."""

    connect: Connect
    name: str
    provider_net: str
    made: list[tuple[str, str, Inputs]] = field(default_factory=list)

    def engine(self) -> Lifecycle:
        """A new process's view: no listing is remembered."""
        return Lifecycle(Clouds(self.connect), self.name)

    def create(self, kind: str, **inputs: Any) -> tuple[str, Inputs]:
        thing_id, state = self.engine().create(load(kind), inputs, 180)
        if all(made[1] != thing_id for made in self.made):
            self.made.append((kind, thing_id, state))
        return thing_id, state

    def read(self, kind: str, thing_id: str, state: Inputs) -> Inputs | None:
        return self.engine().read(load(kind), thing_id, state)

    def update(self, kind: str, thing_id: str, state: Inputs, wish: Inputs) -> Inputs:
        return self.engine().update(load(kind), thing_id, state, wish, 60)

    def delete(self, kind: str, thing_id: str, state: Inputs) -> None:
        self.engine().delete(load(kind), thing_id, state, 180)

    def holds(self, kind: str, wish: Inputs) -> None:
        """Made as wished, read as wished, adopted by a second create, gone after a delete."""
        first = self.create(kind, **wish)
        assert load(kind).changes(first[1], wish) == []
        assert load(kind).changes(self.read(kind, *first) or {}, wish) == []
        assert self.create(kind, **wish)[0] == first[0]
        self.delete(kind, *first)
        assert self.read(kind, *first) is None

    def project(self) -> str:
        project_id, _ = self.create("project", name=self.name)
        self.create("quota", project_id=project_id, **QUOTA)
        return project_id

    def zone(self, project_id: str, number: int = 1) -> tuple[str, str]:
        """A network and its subnet."""
        name, net = f"zone-{number}", f"10.99.{number}"
        network_id, _ = self.create("network", name=name, project_id=project_id)
        subnet_id, _ = self.create("subnet", **self.subnet(project_id, network_id, name, net))
        return network_id, subnet_id

    def subnet(self, project_id: str, network_id: str, name: str, net: str) -> Inputs:
        return {
            "name": name,
            "project_id": project_id,
            "network_id": network_id,
            "cidr": f"{net}.0/24",
            "gateway": f"{net}.1",
            "allocation_pools": [{"start": f"{net}.200", "end": f"{net}.250"}],
        }

    def router(self, project_id: str, subnet_ids: list[str], host: int = 30) -> Inputs:
        return {
            "name": "router",
            "project_id": project_id,
            "external_network": "provider",
            "external_address": f"{self.provider_net}.{host}",
            "subnet_ids": subnet_ids,
        }

    def server(self) -> dict[str, Any]:
        """The inputs of a counted server, with everything that it needs in place."""
        project_id = self.project()
        network_id, subnet_id = self.zone(project_id)
        group_id, _ = self.create("security_group", name=self.name, project_id=project_id, ingress=[])
        self.create("flavor", name=self.name, vcpus=1, ram_mb=1024)
        self.create("keypair", name=self.name, public_key=KEY)
        image_id, _ = self.create("image", name=self.name, project_id=project_id, hypervisor="fake", content="none")
        return {
            "name": self.name,
            "project_id": project_id,
            "image_id": image_id,
            "flavor": self.name,
            "key_name": self.name,
            "network_id": network_id,
            "subnet_id": subnet_id,
            "address": "10.99.1.10",
            "security_group_ids": [group_id],
            "metadata": {"medcloud:runs": "counted"},
        }

    def clean(self) -> None:
        for made in reversed(self.made):
            self.delete(*made)
