"""A system's servers, group, volumes and outside address."""

from __future__ import annotations

import pulumi
import pytest

from stacks.components.system import LARGEST_VOLUME_GB, Place, ServerConfig, System, SystemConfig, split
from stacks.size import Size
from tests.stacks.component_bench import Declared, declared, of_kind


def made(count: int, public: bool = False, storage_gb: int = 100, tier: str | None = "ssd") -> list[Declared]:
    servers = tuple(
        ServerConfig(
            name=f"his-{number}",
            address=f"10.21.10.{number}",
            size=Size(vcpus=4, memory_gb=16),
            runs="counted",
            storage_gb=storage_gb,
            storage_tier=tier,
            role="primary",
        )
        for number in range(1, count + 1)
    )
    config = SystemConfig(name="his", zone="clinical", data_class=4, public=public, servers=servers)

    def build() -> None:
        router = pulumi.ComponentResource("test:router", "router")
        images = {"counted": pulumi.Output.from_input("image-1")}
        System(config, Place("p", "net", "sub", "group", "key", images, [], router), pulumi.ResourceOptions())

    return declared(build)


def test_several_servers_are_kept_apart() -> None:
    resources = made(2)
    assert [item.inputs["policy"] for item in of_kind(resources, "server_group")] == ["soft-anti-affinity"]
    assert {item.inputs["server_group_id"] for item in of_kind(resources, "server")} == {"server_group/his"}
    assert of_kind(made(1), "server_group") == []


def test_a_server_says_that_it_is_only_counted() -> None:
    (server,) = of_kind(made(1), "server")
    assert server.inputs["metadata"]["medcloud:runs"] == "counted" and server.inputs["flavor"] == "4c16g"


def test_only_a_public_system_has_an_outside_address() -> None:
    (address,) = of_kind(made(2, public=True), "floating_ip")
    assert address.inputs["port_id"] == "port/his-1"
    assert of_kind(made(2), "floating_ip") == []


def test_storage_becomes_volumes_and_a_dedicated_server_has_none() -> None:
    volumes = of_kind(made(1, storage_gb=20_000), "volume")
    assert [(item.name, item.inputs["size_gb"]) for item in volumes] == [
        ("his-1-data-1", 10_000),
        ("his-1-data-2", 10_000),
    ]
    assert of_kind(made(1, tier=None), "volume") == []


@pytest.mark.parametrize("size", [0, 1, 14_999, 15_000, 15_001, 45_001, 120_000])
def test_a_split_loses_nothing_and_stays_small(size: int) -> None:
    parts = split(size)
    assert sum(parts) == size and all(part <= LARGEST_VOLUME_GB for part in parts)
    assert not parts or max(parts) - min(parts) <= 1
