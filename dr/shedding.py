"""When the target is too small for everything: what runs there by clinical priority, and what is shed first.

The model's own figures are used (N+x rule kept): what the cloud really has free is asked when the drill begins.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from dr.route import urgency
from inventory.model import Centre, Site, System, Workload
from inventory.placement import instances


@dataclass(frozen=True)
class Sharing:
    """Systems of the source in order of clinical priority: `runs` have a copy at the target, `fits` have none but find
    room to be rebuilt there, `shed` find none (first to go first)."""

    runs: tuple[str, ...]
    fits: tuple[str, ...]
    shed: tuple[str, ...]


def share(site: Site, source: str, target: str, lost_hosts: int = 0) -> Sharing:
    """Who runs at the target when the source is gone and `lost_hosts` of the target's hosts are lost beyond its spare
    ones. The target's own systems come before guests of the same urgency."""
    centre = site.centre(target)
    room = _Room(centre, lost_hosts)
    placed: dict[str, int] = defaultdict(int)
    for instance in instances(site, target):
        placed[instance.system.name] += 1
    guests = [s for s in site.systems if s.centre == source or (s.centre == target and placed[s.name])]
    runs, fits, shed = list[str](), list[str](), list[str]()
    for system in sorted(guests, key=lambda s: (urgency(site, s)[:-1], s.centre != target, s.name)):
        count = placed[system.name] or system.replicas
        if not room.take(system, count):
            shed.append(system.name)
        elif system.centre == source:
            (runs if placed[system.name] else fits).append(system.name)
    return Sharing(tuple(runs), tuple(fits), tuple(reversed(shed)))


class _Room:
    """What is left of a centre's compute by workload and of its storage by tier."""

    def __init__(self, centre: Centre, lost_hosts: int) -> None:
        self._vcpus: dict[Workload, float] = defaultdict(float)
        self._memory: dict[Workload, float] = defaultdict(float)
        self._storage: dict[str, int] = defaultdict(int)
        for workload in Workload:
            virtual = workload is Workload.VIRTUAL
            hosts = sorted(
                (g for g in centre.hosts if g.workload is workload for _ in range(g.count)),
                key=lambda group: (group.memory_gb, group.vcpus),
            )
            gone = centre.spare_hosts + lost_hosts if virtual else 0
            for group in hosts[: max(0, len(hosts) - gone)]:
                self._vcpus[workload] += group.vcpus * (centre.cpu_overcommit if virtual else 1.0)
                self._memory[workload] += group.memory_gb
        for pool in centre.pools:
            self._storage[pool.tier] += pool.usable_gb

    def take(self, system: System, count: int) -> bool:
        """Whether that many instances fit; when they do the room is taken."""
        workload, tier = system.workload, system.storage_tier
        vcpus, memory, storage = (each * count for each in (system.vcpus, system.memory_gb, system.storage_gb))
        if vcpus > self._vcpus[workload] or memory > self._memory[workload] or storage > self._storage[tier]:
            return False
        self._vcpus[workload] -= vcpus
        self._memory[workload] -= memory
        self._storage[tier] -= storage
        return True
