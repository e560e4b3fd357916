"""Capacity of the centres."""

from __future__ import annotations

from monitors.metrics import capacity


def test_kinds_of_a_pool(facts, values):
    found = values(capacity.collect(facts))
    assert found["medcloud_capacity_vcpus", "software-park-2", "virtual", "physical"] == 448
    assert found["medcloud_capacity_vcpus", "fuzhou", "virtual", "used"] == 8
    assert found["medcloud_instances", "fuzhou", "machine"] == 1
    assert found["medcloud_instances", "fuzhou", "counted"] == 0


def test_an_unread_cloud_has_no_used(facts, values):
    found = values(capacity.collect(facts))
    assert ("medcloud_capacity_vcpus", "gaodian", "virtual", "used") not in found
    assert ("medcloud_instances", "gaodian", "machine") not in found
