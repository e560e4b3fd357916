"""Every centre must carry what stands there, copies included, with its spare hosts down (the N+x rule)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inventory.checks.finding import Finding, Loc, nearest
from inventory.model import Centre, CentreRole, CopyMode, HostGroup, Site, System, Workload


@dataclass(frozen=True)
class Demand:
    """`count` instances of a system at `centre`; `loc` says who asks for them."""

    loc: Loc
    system: System
    centre: str
    count: int
    copy: CopyMode | None


def demands(site: Site) -> list[Demand]:
    """What stands where: primaries and copies. Unknown systems are left out; `references` reports them."""
    found = [Demand(("systems", n), s, s.centre, s.replicas, None) for n, s in enumerate(site.systems)]
    systems = {system.name: system for system in site.systems}
    for number, protection in enumerate(site.protection):
        known = [systems.pop(name) for name in protection.systems if name in systems]  # the first protection counts
        for position, copy in enumerate(protection.copies):
            loc = ("protection", number, "copies", position)
            found += [Demand(loc, system, copy.centre, copy.replicas, copy.mode) for system in known]
    return found


def find(site: Site) -> Iterator[Finding]:
    """Centres too small for their instances, pools too small for the volumes, tiers that no pool offers."""
    by_centre: dict[str, list[Demand]] = defaultdict(list)
    for demand in demands(site):
        by_centre[demand.centre].append(demand)
    for number, centre in enumerate(site.centres):
        if centre.role is CentreRole.PUBLIC_CLOUD and not centre.hosts:
            continue  # rented by the hour: the provider's hosts are not ours to count
        wanted = by_centre[centre.name]
        loc = ("centres", number)
        yield from _virtual(loc, centre, [d for d in wanted if d.system.workload is Workload.VIRTUAL])
        for workload in (Workload.DATABASE_SERVER, Workload.BIG_DATA_SERVER):
            yield from _dedicated(loc, centre, workload, [d for d in wanted if d.system.workload is workload])
        yield from _storage(loc, centre, wanted)
    yield from _backups(site)


def _virtual(loc: Loc, centre: Centre, wanted: list[Demand]) -> Iterator[Finding]:
    hosts = _hosts(centre, Workload.VIRTUAL)
    left = hosts[centre.spare_hosts :]  # the largest are the ones that fail
    if not wanted:
        return
    cpus = sum(d.count * d.system.vcpus for d in wanted)
    memory = sum(d.count * d.system.memory_gb for d in wanted)
    has_cpus = int(sum(h.vcpus for h in left) * centre.cpu_overcommit)
    has_memory = sum(h.memory_gb for h in left)
    down = f"with {centre.spare_hosts} of {len(hosts)} hosts down" if centre.spare_hosts else f"on {len(hosts)} hosts"
    short = [f"{cpus - has_cpus} vCPU"] if cpus > has_cpus else []
    short += [f"{memory - has_memory} GB"] if memory > has_memory else []
    if short:
        message = f"{centre.name} must carry {_what(wanted)}: {cpus} vCPU and {memory} GB of memory"
        has = f"but has {has_cpus} vCPU and {has_memory} GB {down}"
        yield Finding((*loc, "hosts"), f"{message}, {has}", f"add {' and '.join(short)}, or place fewer copies there")
    else:
        yield from _packing(loc, centre, left, wanted)


def _packing(loc: Loc, centre: Centre, hosts: list[HostGroup], wanted: list[Demand]) -> Iterator[Finding]:
    """The sums fit, but an instance runs on one host: first fit, the largest first."""
    free = [[host.vcpus * centre.cpu_overcommit, float(host.memory_gb)] for host in hosts]
    sizes = [d.system for d in wanted for _ in range(d.count)]
    for system in sorted(sizes, key=lambda s: (s.memory_gb, s.vcpus), reverse=True):
        room = next((f for f in free if f[0] >= system.vcpus and f[1] >= system.memory_gb), None)
        if room is None:
            message = f"{centre.name} has no host left for {system.name}"
            detail = f"({system.vcpus} vCPU, {system.memory_gb} GB) with {centre.spare_hosts} hosts down"
            yield Finding((*loc, "hosts"), f"{message} {detail}", "add a host or take larger ones")
            return
        room[0] -= system.vcpus
        room[1] -= system.memory_gb


def _dedicated(loc: Loc, centre: Centre, workload: Workload, wanted: list[Demand]) -> Iterator[Finding]:
    """A dedicated server is one host for one instance; its spare is the copy at another centre."""
    hosts = _hosts(centre, workload)
    count = sum(d.count for d in wanted)
    if count > len(hosts):
        message = f"{centre.name} must carry {_what(wanted)}: {count} {workload.value}s, but has {len(hosts)}"
        hint = f"add {count - len(hosts)} to a host group with `workload: {workload.value}`"
        yield Finding((*loc, "hosts"), message, hint)
        return
    sizes = sorted((d.system for d in wanted for _ in range(d.count)), key=lambda s: s.memory_gb, reverse=True)
    for system, host in zip(sizes, hosts, strict=False):
        if system.vcpus > host.vcpus or system.memory_gb > host.memory_gb:
            message = f"{system.name} ({system.vcpus} vCPU, {system.memory_gb} GB) is larger than its {workload.value}"
            yield Finding((*loc, "hosts"), f"{message} ({host.vcpus} vCPU, {host.memory_gb} GB)", "take larger ones")
            return


def _storage(loc: Loc, centre: Centre, wanted: list[Demand]) -> Iterator[Finding]:
    usable = _usable(centre)
    by_tier: dict[str, int] = defaultdict(int)
    for demand in wanted:
        tier = demand.system.storage_tier
        if tier not in usable:
            where = (*demand.loc, "storage_tier") if demand.copy is None else demand.loc
            message = f"{demand.system.name} wants the storage tier `{tier}`, which no pool of {centre.name} offers"
            yield Finding(where, message, nearest(tier, usable), see=(*loc, "pools"))
        by_tier[tier] += demand.count * demand.system.storage_gb
    for tier, wants in by_tier.items():
        if tier in usable and wants > usable[tier]:
            message = f"the volumes on tier `{tier}` of {centre.name} need {wants} GB, its pools have {usable[tier]}"
            yield Finding((*loc, "pools", _pool(centre, tier)), message, f"add {wants - usable[tier]} GB")


def _backups(site: Site) -> Iterator[Finding]:
    """The backup pool must hold at least one full copy of everything backed up to it."""
    systems = {system.name: system for system in site.systems}
    centres = {centre.name: (number, centre) for number, centre in enumerate(site.centres)}
    wants: dict[tuple[str, str], int] = defaultdict(int)
    for number, protection in enumerate(site.protection):
        backup = protection.backup
        if backup is None or backup.centre not in centres:
            continue
        position, centre = centres[backup.centre]
        if centre.pools and backup.storage_tier not in _usable(centre):
            message = f"backups want the storage tier `{backup.storage_tier}`, which no pool of {centre.name} offers"
            hint = nearest(backup.storage_tier, _usable(centre))
            yield Finding(("protection", number, "backup"), message, hint, see=("centres", position, "pools"))
        known = [systems[name] for name in protection.systems if name in systems]
        wants[backup.centre, backup.storage_tier] += sum(s.replicas * s.storage_gb for s in known)
    for (name, tier), size in wants.items():
        has = _usable(centres[name][1]).get(tier)
        if has is not None and size > has:
            message = f"one full backup on tier `{tier}` of {name} needs {size} GB, its pools have {has}"
            loc = ("centres", centres[name][0], "pools", _pool(centres[name][1], tier))
            yield Finding(loc, message, f"add {size - has} GB")


def _usable(centre: Centre) -> dict[str, int]:
    usable: dict[str, int] = defaultdict(int)
    for pool in centre.pools:
        usable[pool.tier] += pool.usable_gb
    return dict(usable)


def _pool(centre: Centre, tier: str) -> int:
    """The position of the tier's first pool."""
    return next(number for number, pool in enumerate(centre.pools) if pool.tier == tier)


def _hosts(centre: Centre, workload: Workload) -> list[HostGroup]:
    """One entry per host, the largest first."""
    hosts = [group for group in centre.hosts if group.workload is workload for _ in range(group.count)]
    return sorted(hosts, key=lambda h: (h.memory_gb, h.vcpus), reverse=True)


def _what(wanted: Iterable[Demand]) -> str:
    """`3 instances and 12 copies` for messages."""
    own = sum(d.count for d in wanted if d.copy is None)
    copies = sum(d.count for d in wanted if d.copy is not None)
    parts = [f"{count} {word}" for count, word in ((own, "instances"), (copies, "copies")) if count]
    return " and ".join(parts)
