"""Replication lag of every database member, in bytes and seconds."""

from __future__ import annotations

from collections.abc import Iterator

from monitors.facts import Facts
from monitors.probes.replication import Cluster
from monitors.reading import Unread
from monitors.sample import Sample


def collect(facts: Facts) -> Iterator[Sample]:
    """Lag, role and timeline per member; a lag that is not known has no sample."""
    for cluster in facts.clusters.values():
        if not isinstance(cluster, Unread):
            yield from _cluster(cluster)


def _cluster(cluster: Cluster) -> Iterator[Sample]:
    leaders = sum(member.role == "primary" for member in cluster.members)
    labels = {"system": cluster.system}
    if leaders or not cluster.unread:  # with a member out of sight, none seen does not mean none there
        yield Sample("medcloud_database_leaders", "Members that take writes; 1 is sound", leaders, labels)
    for member in cluster.members:
        own = labels | {"member": member.name, "centre": member.centre}
        yield Sample(
            "medcloud_database_primary", "1 when the member takes writes", float(member.role == "primary"), own
        )
        yield Sample("medcloud_database_timeline", "PostgreSQL timeline", member.timeline, own)
        yield Sample(
            "medcloud_database_synchronous",
            "1 when commits wait for the member",
            float(member.sync in ("sync", "quorum")),
            own,
        )
        if member.lag_bytes is not None:
            yield Sample(
                "medcloud_replication_lag_bytes", "WAL bytes not replayed behind the leader", member.lag_bytes, own
            )
        if member.lag_seconds is not None:
            yield Sample("medcloud_replication_lag_seconds", "Seconds behind the leader", member.lag_seconds, own)
