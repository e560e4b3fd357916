"""Make the target's member the leader, only when a majority of etcd says that the target may serve.

The lease is the proof that the source is silent. So Patroni's leader key is taken from the source before its time if
the target is synchronous: then it has every acknowledged row, and nobody gets another one acknowledged.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait

from dr.context import Context, DatabaseDoor, Evidence, wait_until
from dr.world import Lease
from inventory.error import MedcloudError
from inventory.model import Part

AWAITS = ("take-lease",)  # steps that bring about what the check asks for
_GLANCE = 0.2  # seconds


class Params(Part):
    """Patroni elects by itself; after `nudge` seconds without a leader the candidate is named to it. `patience`:
    seconds for a leader key that may not be ended early, and again for the election."""

    system: str
    source: str
    target: str
    nudge: float = 8.0
    patience: float = 90.0


def check(context: Context, params: Params) -> None:
    """The target has the lease, or another centre could still serve."""
    grant = context.leases.grant(params.system)
    if grant is None or grant.centre != params.target:
        holder = (grant.centre or "nobody") if grant else "nobody"
        raise MedcloudError(
            f"{holder} may serve {params.system}, not {params.target}",
            "take its lease first; promoting now could make two leaders",
        )


def run(context: Context, params: Params) -> Evidence:
    """End the source's leadership, wait until the target leads by the word of etcd and accepts writes."""
    database, clock = context.database(params.system), context.clock
    target = database.member_of(params.target)
    key = _end_leadership(context, params, database)
    started, pool = clock.monotonic(), ThreadPoolExecutor(1)
    nudge: list[Future[None]] = []

    def leads() -> bool:
        lease = database.lease()
        if lease is not None and lease.holder == target:
            return database.writable(target)
        if lease is not None:
            raise MedcloudError(f"{lease.holder} holds the leader key instead of {target}")
        if not nudge and clock.monotonic() - started > params.nudge:
            # Patroni's answer comes up to 20 s after the election itself: that is watched meanwhile.
            nudge.append(pool.submit(database.failover, target))
            wait(nudge, _GLANCE)
        if nudge and nudge[0].done():
            nudge[0].result()
        return False

    try:
        wait_until(clock, f"{target} to lead {params.system}", leads, params.patience, every=0.1)
    finally:
        pool.shutdown(wait=False)
    return {"leader": target, "leader_key": key, "elected": "named to Patroni" if nudge else "by Patroni itself"}


def undo(context: Context, params: Params) -> Evidence:
    """A promotion is not taken back here: going back is a plan of its own."""
    return {"kept": context.database(params.system).member_of(params.target)}


def _end_leadership(context: Context, params: Params, database: DatabaseDoor) -> dict[str, str | None]:
    held_by, target = database.member_of(params.source), database.member_of(params.target)
    before = wait_until(context.clock, "a majority of etcd", lambda: (database.lease(),), 30)[0]
    how = "nobody held it" if before is None else f"{before.holder} holds it"
    if before is not None and before.holder == held_by:
        how = _end(database, before, target)
    after = wait_until(
        context.clock, f"the leader key to leave {held_by}", lambda: _seen(database.lease(), held_by), params.patience
    )
    return {"before": before.holder if before else None, "after": after[0], "how": how}


def _end(database: DatabaseDoor, lease: Lease, target: str) -> str:
    if target not in lease.synchronous:
        return f"expired by itself: {target} was not synchronous"
    database.revoke(lease, target)
    return f"ended: {target} is synchronous and {lease.holder} is proved silent"


def _seen(lease: Lease | None, forbidden: str) -> tuple[str | None] | None:
    """The holder (or nobody) once it is not the forbidden one."""
    holder = lease.holder if lease else None
    return None if holder == forbidden else (holder,)
