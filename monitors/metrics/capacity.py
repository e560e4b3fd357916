"""Capacity per centre and pool: physical, committed, used and N+1 headroom."""

from __future__ import annotations

from collections.abc import Iterator

from monitors.capacity import CentreCapacity
from monitors.facts import Facts
from monitors.sample import Sample

_VCPUS = "vCPUs of a compute pool by kind (physical, committed, used, headroom after the loss of the spare hosts)"
_MEMORY = "Memory of a compute pool by kind, bytes"
_STORAGE = "Storage of a tier by kind (usable, committed, used), bytes"
_INSTANCES = "Instances in the cloud: real machines and those only counted on Nova's fake driver"
_GB = 1000**3


def collect(facts: Facts) -> Iterator[Sample]:
    """All pools of all centres; what the cloud did not say has no sample."""
    if facts.capacity is None:
        return
    for centre in facts.capacity.centres:
        yield from _compute(centre)
        yield from _storage(centre)
        for runs, count in (("machine", centre.real_instances), ("counted", centre.counted_instances)):
            if count is not None:
                yield Sample("medcloud_instances", _INSTANCES, count, {"centre": centre.centre, "runs": runs})
    if facts.capacity.carry:
        carry = facts.capacity.carry
        labels = {"source": carry.source, "target": carry.target}
        yield Sample("medcloud_capacity_shed_systems", "Systems the DR centre has no room for", len(carry.shed), labels)


def _compute(centre: CentreCapacity) -> Iterator[Sample]:
    for pool in centre.compute:
        labels = {"centre": centre.centre, "pool": pool.workload}
        vcpus = {"physical": pool.vcpus, "committed": pool.committed_vcpus, "headroom": pool.headroom_vcpus}
        memory = {
            "physical": pool.memory_gb,
            "committed": pool.committed_memory_gb,
            "headroom": pool.headroom_memory_gb,
        }
        if pool.used_vcpus is not None and pool.used_memory_gb is not None:
            vcpus["used"], memory["used"] = pool.used_vcpus, pool.used_memory_gb
        for kind, value in vcpus.items():
            yield Sample("medcloud_capacity_vcpus", _VCPUS, value, labels | {"kind": kind})
        for kind, value in memory.items():
            yield Sample("medcloud_capacity_memory_bytes", _MEMORY, value * _GB, labels | {"kind": kind})


def _storage(centre: CentreCapacity) -> Iterator[Sample]:
    for use in centre.storage:
        labels = {"centre": centre.centre, "tier": use.tier}
        values: dict[str, float] = {"usable": use.usable_gb, "committed": use.committed_gb}
        if use.used_gb is not None:
            values["used"] = use.used_gb
        for kind, value in values.items():
            yield Sample("medcloud_capacity_storage_bytes", _STORAGE, value * _GB, labels | {"kind": kind})
