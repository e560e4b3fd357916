"""防水和防潮 (8.1.1.6): leaks are sensed and alarmed."""

from __future__ import annotations

from compliance.finding import Check
from compliance.register import record_within
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.baseline import Topic


def _leak_sensor(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    today = snapshot.taken.date()
    return (record_within(Topic.LEAK_SENSOR, today, "一年内测试过水浸报警", "the leak alarm was tested within a year"),)


ITEMS = controls(Each("L3-PES1-14", "site", _leak_sensor))
