"""What a site adds up to: the figures a hospital knows its cloud by.

One rule for all three sizes: vCPU, memory and storage count the virtual instances of the systems themselves. Dedicated
servers are counted in pieces and bring their own disks; copies at other centres are counted apart. TB are decimal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from inventory.model import CampusKind, Centre, Site, Workload
from inventory.placement import Instance, Runs, instances


@dataclass(frozen=True)
class Size:
    """A sum over instances."""

    systems: int
    instances: int
    vcpus: int
    memory_gb: int
    storage_tb: float


@dataclass(frozen=True)
class CentreTotals:
    """What stands in one centre. `own` are systems at home there, `copies` those protected there, by workload.

    `machines` and `counted` say how its instances exist once deployed: real machines, or placed on Nova's fake driver.
    A centre that the lab profile leaves out is not `deployed`: it is declared and checked, nothing more.
    """

    centre: str
    role: str
    city: str
    own: dict[str, Size]
    copies: dict[str, Size]
    deployed: bool
    machines: int
    counted: int


@dataclass(frozen=True)
class Totals:
    """The whole site. `vcpus`, `memory_gb` and `storage_tb` are of the virtual workload, copies not included."""

    site: str
    systems: int
    vcpus: int
    memory_gb: int
    storage_tb: float
    database_servers: int
    big_data_servers: int
    workloads: dict[str, Size]
    copies: dict[str, Size]
    centres: tuple[CentreTotals, ...]
    campuses: int
    hospitals_by_tier: dict[str, int]
    links: int
    zones: int


def totals(site: Site) -> Totals:
    """The sums of a valid site."""
    placed = {centre.name: instances(site, centre.name) for centre in site.centres}
    everything = [instance for found in placed.values() for instance in found]
    workloads = _by_workload(i for i in everything if i.copy is None)
    virtual = workloads[Workload.VIRTUAL.value]
    hospitals = Counter(campus.tier.value for campus in site.campuses if campus.kind is CampusKind.HOSPITAL)
    return Totals(
        site=site.name,
        systems=len(site.systems),
        vcpus=virtual.vcpus,
        memory_gb=virtual.memory_gb,
        storage_tb=virtual.storage_tb,
        database_servers=workloads[Workload.DATABASE_SERVER.value].instances,
        big_data_servers=workloads[Workload.BIG_DATA_SERVER.value].instances,
        workloads=workloads,
        copies=_by_workload(i for i in everything if i.copy is not None),
        centres=tuple(_centre(site, centre, placed[centre.name]) for centre in site.centres),
        campuses=len(site.campuses),
        hospitals_by_tier=dict(hospitals),
        links=len(site.links),
        zones=len(site.zones),
    )


def _centre(site: Site, centre: Centre, placed: tuple[Instance, ...]) -> CentreTotals:
    deployed = site.lab is None or centre.name in site.lab.centres
    runs = Counter(instance.runs for instance in placed if deployed)
    return CentreTotals(
        centre=centre.name,
        role=centre.role.value,
        city=centre.city,
        own=_by_workload(i for i in placed if i.copy is None),
        copies=_by_workload(i for i in placed if i.copy is not None),
        deployed=deployed,
        machines=runs[Runs.MACHINE],
        counted=runs[Runs.COUNTED],
    )


def _by_workload(found: Iterable[Instance]) -> dict[str, Size]:
    """One entry per workload, those without an instance too."""
    chosen = list(found)
    return {w.value: _size([i for i in chosen if i.system.workload is w]) for w in Workload}


def _size(found: list[Instance]) -> Size:
    return Size(
        systems=len({instance.system.name for instance in found}),
        instances=len(found),
        vcpus=sum(instance.vcpus for instance in found),
        memory_gb=sum(instance.memory_gb for instance in found),
        storage_tb=round(sum(instance.storage_gb for instance in found) / 1000, 3),
    )
