"""Health of the hosts as one look sees it; node_exporter is for the rest."""

from __future__ import annotations

from collections.abc import Iterator

from monitors.facts import Facts
from monitors.reading import Unread
from monitors.sample import Sample


def collect(facts: Facts) -> Iterator[Sample]:
    """Uptime, failed services, memory, disk and certificates of every host that answered."""
    for state in facts.hosts.values():
        if isinstance(state, Unread):
            continue
        labels = {"host": state.name}
        yield Sample("medcloud_host_uptime_seconds", "Seconds since the host started", state.uptime, labels)
        yield Sample("medcloud_host_failed_services", "systemd units in state failed", len(state.failed), labels)
        yield Sample("medcloud_host_memory_used_bytes", "Memory the host uses", state.memory_used, labels)
        for path, until in state.certificates or ():
            where = labels | {"path": path}
            yield Sample("medcloud_certificate_end_time_seconds", "When a service's certificate ends", until, where)
        yield Sample(
            "medcloud_host_disk_used_ratio",
            "Used share of the root file system",
            round(state.disk_used / state.disk_size, 4) if state.disk_size else 0.0,
            labels,
        )
