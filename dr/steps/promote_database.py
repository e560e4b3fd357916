"""Make the target's member the leader, only when a majority of etcd says that the source has lost the leader key."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from inventory.error import MedcloudError
from inventory.model import Part

AWAITS = ("fence-centre",)  # steps that bring about what the check asks for


class Params(Part):
    """Patroni elects by itself; after `nudge` seconds without a leader the candidate is named to it."""

    system: str
    source: str
    target: str
    nudge: float = 8.0
    patience: float = 90.0


def check(context: Context, params: Params) -> None:
    """The source does not hold the leader key."""
    database = context.database(params.system)
    lease = database.lease()
    if lease is not None and lease.holder == database.member_of(params.source):
        raise MedcloudError(
            f"{lease.holder} still holds the leader key of {params.system}",
            "fence the centre first; promoting now would make two leaders",
        )


def run(context: Context, params: Params) -> Evidence:
    """Wait until the target leads by the word of etcd and accepts writes."""
    database, clock = context.database(params.system), context.clock
    target = database.member_of(params.target)
    started = clock.monotonic()
    nudged: list[float] = []

    def leads() -> bool:
        lease = database.lease()
        if lease is not None and lease.holder == target:
            return database.writable(target)
        if lease is not None:
            raise MedcloudError(f"{lease.holder} holds the leader key instead of {target}")
        if not nudged and clock.monotonic() - started > params.nudge:
            nudged.append(clock.monotonic())
            database.failover(target)
        return False

    wait_until(clock, f"{target} to lead {params.system}", leads, params.patience, every=0.1)
    return {"leader": target, "elected": "named to Patroni" if nudged else "by Patroni itself"}


def undo(context: Context, params: Params) -> Evidence:
    """A promotion is not taken back here: going back is a plan of its own."""
    return {"kept": context.database(params.system).member_of(params.target)}
