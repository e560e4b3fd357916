"""Which instances stand in which centre: primaries from the systems, copies from the protections."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address

from inventory.model import CopyMode, Site, Software, System, Workload

FIRST_HOST = 10  # of an instance in its zone's network; the addresses before it are for routers and services


class Runs(StrEnum):
    """How an instance exists in this site as deployed."""

    MACHINE = "machine"  # a real machine with systemd and SSH
    COUNTED = "counted"  # placed, counted and drift-checked on Nova's fake driver; nothing boots


@dataclass(frozen=True)
class Instance:
    """One instance of a system in one centre; sizes are the declared ones (GB are decimal)."""

    name: str
    system: System
    centre: str
    zone: str
    address: IPv4Address
    vcpus: int
    memory_gb: int
    storage_gb: int
    storage_tier: str
    copy: CopyMode | None  # None: the primary
    runs: Runs


def instances(site: Site, centre: str) -> tuple[Instance, ...]:
    """The instances of that centre in a stable order; addresses follow the order inside each zone, from host 10 on.

    Dedicated servers (database, big data) are placed like the others, on hosts of their workload.
    """
    wanted = [
        (system, copy, number)
        for system in site.systems
        for copy, count in _copies(site, system, centre)
        for number in range(1, count + 1)
    ]
    next_host: dict[str, int] = {}
    found = []
    for system, copy, number in wanted:
        host = next_host.get(system.zone, FIRST_HOST)
        next_host[system.zone] = host + 1
        found.append(_instance(site, system, centre, copy, number, host))
    return tuple(found)


def machine_instances(site: Site) -> tuple[Instance, ...]:
    """Instances that are real machines and that our roles configure, in the centres the lab profile names."""
    return tuple(
        instance
        for centre in site.centres
        if site.lab is None or centre.name in site.lab.centres
        for instance in instances(site, centre.name)
        if instance.runs is Runs.MACHINE and instance.system.software is not Software.VENDOR
    )


def _copies(site: Site, system: System, centre: str) -> list[tuple[CopyMode | None, int]]:
    found: list[tuple[CopyMode | None, int]] = []
    if system.centre == centre:
        found.append((None, system.replicas))
    protection = site.protection_of(system.name)
    for copy in protection.copies if protection else ():
        if copy.centre == centre:
            found.append((copy.mode, copy.replicas))
    return found


def _instance(site: Site, system: System, centre: str, copy: CopyMode | None, number: int, host: int) -> Instance:
    machine = site.lab is None or system.name in site.lab.machines
    return Instance(
        name=f"{system.name}-{centre}-{number}",
        system=system,
        centre=centre,
        zone=system.zone,
        address=site.zone(system.zone).networks[centre][host],
        vcpus=system.vcpus,
        memory_gb=system.memory_gb,
        storage_gb=system.storage_gb,
        storage_tier=system.storage_tier,
        copy=copy,
        runs=Runs.MACHINE if machine else Runs.COUNTED,
    )


def is_dedicated(system: System) -> bool:
    """True for systems on dedicated servers (database, big data) rather than on the virtual pool."""
    return system.workload is not Workload.VIRTUAL
