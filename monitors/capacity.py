"""Capacity of every centre: physical, used, committed, N+1 headroom; whether the same-city centre carries the day.

*Used* is what the cloud says, *committed* what the model declares (primaries and copies); the two differ while
something is not applied. A GB of the model is sold by the cloud as 1,024 MiB of memory or as one GB of Cinder's, so use
is counted back in the same way and a site that is wholly applied uses what it committed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from inventory.model import Centre, CentreRole, HostGroup, Site, System, Workload
from inventory.placement import Instance, Runs, instances, is_dedicated
from monitors.probes.cloud import CloudState, Server
from monitors.reading import Unread

_MIB_PER_GB = 1024


@dataclass(frozen=True)
class ComputePool:
    """Hosts of one workload in a centre. Physical vCPUs include the declared overcommit; `used_*` is None when unread.

    Headroom is what is left after the `spare_hosts` biggest hosts are lost and everything committed still runs;
    negative means that it would not. Dedicated servers have no spare host: their copies are their redundancy.
    """

    workload: str
    hosts: int
    spare_hosts: int
    vcpus: float
    memory_gb: float
    committed_vcpus: int
    committed_memory_gb: int
    used_vcpus: int | None
    used_memory_gb: float | None
    headroom_vcpus: float
    headroom_memory_gb: float

    @property
    def survives(self) -> bool:
        """Whether everything committed still runs after the loss of the spare hosts."""
        return self.headroom_vcpus >= 0 and self.headroom_memory_gb >= 0


@dataclass(frozen=True)
class StorageUse:
    """One storage tier of a centre; `used_gb` is None when the cloud was not read, and where `own_disks` holds: the
    disks in dedicated servers, which no cloud counts."""

    tier: str
    usable_gb: int
    committed_gb: int
    used_gb: float | None
    own_disks: bool = False

    @property
    def free_gb(self) -> int:
        """Usable less committed; negative when too much is declared."""
        return self.usable_gb - self.committed_gb


@dataclass(frozen=True)
class CentreCapacity:
    """One centre. `deployed` is whether the site's clouds include it; instances are the cloud's when it was read."""

    centre: str
    role: str
    deployed: bool
    compute: tuple[ComputePool, ...]
    storage: tuple[StorageUse, ...]
    declared_instances: int
    real_instances: int | None
    counted_instances: int | None
    undeclared: tuple[str, ...]
    unread: Unread | None


@dataclass(frozen=True)
class Shed:
    """A production system that the same-city centre could not start, with what it would need."""

    system: str
    vcpus: int
    memory_gb: int
    storage_gb: int


@dataclass(frozen=True)
class Carry:
    """Could the same-city centre run the production centre's virtual systems today, keeping its N+x rule?

    `protected` have a declared copy there and so a place; the others are started in order of protection and RTO into
    what is left, and those that find no room are `shed`.
    """

    source: str
    target: str
    systems: int
    protected: tuple[str, ...]
    fits: tuple[str, ...]
    shed: tuple[Shed, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing would be shed."""
        return not self.shed


@dataclass(frozen=True)
class Capacity:
    """The capacity of a site at one time."""

    site: str
    taken: datetime
    centres: tuple[CentreCapacity, ...]
    carry: Carry | None


def compute(site: Site, taken: datetime, clouds: Mapping[str, CloudState | Unread]) -> Capacity:
    """The capacity of all centres; a centre that is not in `clouds` is not deployed, only declared."""
    centres = tuple(_centre(site, centre, clouds.get(centre.name)) for centre in site.centres)
    return Capacity(site.name, taken, centres, carry(site))


def carry(site: Site) -> Carry | None:
    """The same-city question; None when the site has no production or no same-city centre."""
    roles = {centre.role: centre for centre in reversed(site.centres)}
    source, target = roles.get(CentreRole.PRODUCTION), roles.get(CentreRole.SAME_CITY_DR)
    if source is None or target is None:
        return None
    systems = [s for s in site.systems if s.centre == source.name and s.workload is Workload.VIRTUAL]
    protected = tuple(s.name for s in systems if _copy_at(site, s, target.name))
    waiting = sorted((s for s in systems if s.name not in protected), key=lambda s: _urgency(site, s))
    fits, shed = _fill(_room(site, target), waiting)
    return Carry(source.name, target.name, len(systems), protected, fits, shed)


def _centre(site: Site, centre: Centre, cloud: CloudState | Unread | None) -> CentreCapacity:
    declared = instances(site, centre.name)
    state = cloud if isinstance(cloud, CloudState) else None
    servers = state.servers if state else None
    names = {instance.name for instance in declared}
    return CentreCapacity(
        centre=centre.name,
        role=centre.role.value,
        deployed=cloud is not None,
        compute=tuple(_compute(centre, workload, declared, servers) for workload in _workloads(centre)),
        storage=_storage(centre, declared, state),
        declared_instances=len(declared),
        real_instances=state.real_servers if state else None,
        counted_instances=state.counted_servers if state else None,
        undeclared=tuple(sorted(server.name for server in servers or () if server.name not in names)),
        unread=cloud if isinstance(cloud, Unread) else None,
    )


def _workloads(centre: Centre) -> list[Workload]:
    present = {group.workload for group in centre.hosts}
    return [workload for workload in Workload if workload in present]


def _compute(
    centre: Centre, workload: Workload, declared: Sequence[Instance], servers: Sequence[Server] | None
) -> ComputePool:
    hosts = _hosts(centre, workload)
    spare = min(centre.spare_hosts, len(hosts)) if workload is Workload.VIRTUAL else 0
    over = centre.cpu_overcommit if workload is Workload.VIRTUAL else 1.0
    mine = [instance for instance in declared if instance.system.workload is workload]
    vcpus, memory = sum(i.vcpus for i in mine), sum(i.memory_gb for i in mine)
    left = hosts[spare:]
    names = {instance.name for instance in mine}
    used = None if servers is None else [server for server in servers if server.name in names]
    return ComputePool(
        workload=workload.value,
        hosts=len(hosts),
        spare_hosts=spare,
        vcpus=sum(group.vcpus for group in hosts) * over,
        memory_gb=sum(group.memory_gb for group in hosts),
        committed_vcpus=vcpus,
        committed_memory_gb=memory,
        used_vcpus=None if used is None else sum(server.vcpus for server in used),
        used_memory_gb=None if used is None else round(sum(server.memory_mib for server in used) / _MIB_PER_GB, 1),
        headroom_vcpus=sum(group.vcpus for group in left) * over - vcpus,
        headroom_memory_gb=sum(group.memory_gb for group in left) - memory,
    )


def _hosts(centre: Centre, workload: Workload) -> list[HostGroup]:
    """One entry per host of that workload, biggest first."""
    hosts = [group for group in centre.hosts if group.workload is workload for _ in range(group.count)]
    return sorted(hosts, key=lambda group: (group.memory_gb, group.vcpus), reverse=True)


def _storage(centre: Centre, declared: Sequence[Instance], state: CloudState | None) -> tuple[StorageUse, ...]:
    found = []
    for tier in sorted({pool.tier for pool in centre.pools}):
        mine = [instance for instance in declared if instance.storage_tier == tier]
        own_disks = bool(mine) and all(is_dedicated(instance.system) for instance in mine)
        used = None
        if state is not None and not own_disks:
            used = float(sum(v.size_gib for v in state.volumes if v.type == tier))
        usable = sum(pool.usable_gb for pool in centre.pools if pool.tier == tier)
        found.append(StorageUse(tier, usable, sum(instance.storage_gb for instance in mine), used, own_disks))
    return tuple(found)


def _copy_at(site: Site, system: System, centre: str) -> bool:
    protection = site.protection_of(system.name)
    return protection is not None and any(copy.centre == centre for copy in protection.copies)


def _urgency(site: Site, system: System) -> tuple[int, float, str]:
    """What is started first: lower protection order, then shorter RTO, then name."""
    protection = site.protection_of(system.name)
    return (protection.order if protection else 1_000_000, system.rto.total_seconds(), system.name)


@dataclass
class _Room:
    """What is left in a centre while systems are put into it."""

    vcpus: float
    memory_gb: float
    storage_gb: dict[str, int]

    def take(self, need: Shed, tier: str) -> bool:
        """Whether the need fits; when it does it is taken."""
        free = self.storage_gb.get(tier, 0)
        if need.vcpus > self.vcpus or need.memory_gb > self.memory_gb or need.storage_gb > free:
            return False
        self.vcpus -= need.vcpus
        self.memory_gb -= need.memory_gb
        self.storage_gb[tier] = free - need.storage_gb
        return True


def _room(site: Site, target: Centre) -> _Room:
    declared = instances(site, target.name)
    pool = _compute(target, Workload.VIRTUAL, declared, None)
    storage = {use.tier: use.free_gb for use in _storage(target, declared, None)}
    return _Room(pool.headroom_vcpus, pool.headroom_memory_gb, storage)


def _fill(room: _Room, waiting: Sequence[System]) -> tuple[tuple[str, ...], tuple[Shed, ...]]:
    fits, shed = [], []
    for system in waiting:
        n = system.replicas
        need = Shed(system.name, system.vcpus * n, system.memory_gb * n, system.storage_gb * n)
        if room.take(need, system.storage_tier):
            fits.append(system.name)
        else:
            shed.append(need)
    return tuple(fits), tuple(shed)


def declared_runs(site: Site, centre: str) -> dict[str, int]:
    """How many declared instances of a centre are real machines and how many are only counted."""
    declared = instances(site, centre)
    return {runs.value: sum(instance.runs is runs for instance in declared) for runs in Runs}


def read(text: str) -> Capacity:
    """The capacity in JSON text that was written from a `Capacity`; ValueError when it is none."""
    return TypeAdapter(Capacity).validate_json(text)
