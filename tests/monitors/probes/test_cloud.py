"""A cloud from the plain data of `stacks.look`, as a real cloud gave it."""

from __future__ import annotations

import pytest

from monitors.probes import cloud

LOOK = {
    "hypervisors": [
        {"name": "fh1", "type": "fake", "state": "up", "status": "enabled", "vcpus": 1000, "allocation_ratio": 16.0,
         "memory_mib": 800000, "used_vcpus": 8, "used_memory_mib": 30517},
        {"name": "n1", "type": "LXC", "state": "up", "status": "enabled", "vcpus": 4, "allocation_ratio": 16.0,
         "memory_mib": 10074, "used_vcpus": 1, "used_memory_mib": 512},
    ],
    "servers": [
        {"name": "his-software-park-2-1", "project": "p", "status": "ACTIVE", "host": "fh1", "vcpus": 8,
         "memory_mib": 30517},
        {"name": "his-database-software-park-2-1", "project": "p", "status": "ACTIVE", "host": "n1", "vcpus": 16,
         "memory_mib": 61035},
        {"name": "lost", "project": "p", "status": "ERROR", "host": None, "vcpus": 1, "memory_mib": 1},
    ],
    "volumes": [{"name": "v", "size_gib": 10, "status": "in-use", "type": "ssd"}],
}  # fmt: skip


def test_real_machines_are_told_from_counted_ones():
    state = cloud.parse("software-park-2", LOOK)
    assert [hypervisor.real for hypervisor in state.hypervisors] == [False, True]
    assert [server.real for server in state.servers] == [False, True, False]
    assert (state.real_servers, state.counted_servers) == (1, 2)


def test_a_look_without_volumes_is_an_error():
    with pytest.raises(KeyError):
        cloud.parse("c", {"hypervisors": [], "servers": []})
