"""Wait until the target's copy has replayed everything that the drained leader has written."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from inventory.error import MedcloudError
from inventory.model import Part
from monitors.probes.replication import Cluster, Member


class Params(Part):
    system: str
    source: str
    target: str
    patience: float = 120.0


def check(context: Context, params: Params) -> None:
    """The target's copy streams."""
    member = _of(context.replication(params.system), params.target)
    if member.role != "primary" and member.receiver != "streaming":
        raise MedcloudError(f"{member.name} does not stream: the last byte would never arrive")


def run(context: Context, params: Params) -> Evidence:
    """Look at both at once until the target's position is not before the leader's."""

    def shipped() -> Evidence | None:
        cluster = context.replication(params.system)
        here, there = _of(cluster, params.source), _of(cluster, params.target)
        if there.role == "primary" or there.lsn >= here.lsn:
            return {"position": here.lsn, "shipped_to": there.name, "bytes_behind": max(0, here.lsn - there.lsn)}
        return None

    return wait_until(context.clock, f"the last byte in {params.target}", shipped, params.patience, every=0.1)


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}


def _of(cluster: Cluster, centre: str) -> Member:
    member = next((member for member in cluster.members if member.centre == centre), None)
    if member is None:
        own = f"{cluster.system}-{centre}-"  # as instances are named
        why = next((unread.why for unread in cluster.unread if unread.what.startswith(own)), "no member there")
        raise MedcloudError(f"{cluster.system} in {centre} cannot be read: {why}")
    return member
