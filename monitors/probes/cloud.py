"""A centre's cloud: hypervisors, what is placed on them and volumes, from the plain data that `stacks.look` returns.

Only `stacks` speaks OpenStack, so this probe is a parser: the caller hands it the look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FAKE = "fake"


@dataclass(frozen=True)
class Hypervisor:
    """A compute service: sizes before overcommit, use as Placement holds it. `real` is False for Nova's fake driver."""

    name: str
    real: bool
    up: bool
    vcpus: int
    memory_mib: int
    used_vcpus: int
    used_memory_mib: int


@dataclass(frozen=True)
class Server:
    name: str
    project: str
    status: str
    host: str
    real: bool
    vcpus: int
    memory_mib: int


@dataclass(frozen=True)
class Volume:
    name: str
    size_gib: int
    status: str
    type: str


@dataclass(frozen=True)
class CloudState:
    """What a centre's cloud holds at one moment."""

    centre: str
    hypervisors: tuple[Hypervisor, ...]
    servers: tuple[Server, ...]
    volumes: tuple[Volume, ...]

    @property
    def real_servers(self) -> int:
        """Instances that boot."""
        return sum(server.real for server in self.servers)

    @property
    def counted_servers(self) -> int:
        """Instances on Nova's fake driver: placed and counted, nothing boots."""
        return len(self.servers) - self.real_servers


def parse(centre: str, look: Mapping[str, Any]) -> CloudState:
    """The look of one cloud as frozen values; KeyError when a part of it is missing."""
    hypervisors = tuple(_hypervisor(raw) for raw in look["hypervisors"])
    real = {hypervisor.name: hypervisor.real for hypervisor in hypervisors}
    return CloudState(
        centre,
        hypervisors,
        tuple(_server(raw, real) for raw in look["servers"]),
        tuple(
            Volume(raw["name"], int(raw["size_gib"]), raw["status"], raw.get("type") or "") for raw in look["volumes"]
        ),
    )


def _hypervisor(raw: Mapping[str, Any]) -> Hypervisor:
    return Hypervisor(
        name=raw["name"],
        real=FAKE not in raw["type"].lower(),
        up=raw["state"] == "up",
        vcpus=int(raw["vcpus"]),
        memory_mib=int(raw["memory_mib"]),
        used_vcpus=int(raw["used_vcpus"]),
        used_memory_mib=int(raw["used_memory_mib"]),
    )


def _server(raw: Mapping[str, Any], real: Mapping[str, bool]) -> Server:
    host = raw.get("host") or ""
    return Server(
        name=raw["name"],
        project=raw.get("project") or "",
        status=raw["status"],
        host=host,
        real=real.get(host, False),
        vcpus=int(raw["vcpus"]),
        memory_mib=int(raw["memory_mib"]),
    )
