"""Hand the leadership over while everything is well: the old leader stops first, nothing is lost."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from dr.world import Member
from inventory.model import Part

_ASK_AGAIN = 10.0  # seconds


class Params(Part):
    system: str
    source: str
    target: str
    patience: float = 90.0


def check(context: Context, params: Params) -> None:
    """The target leads already (perhaps not quite yet), or it is the synchronous copy."""

    def ready() -> bool:
        member = _target(context, params)
        return member.works and (member.is_leader or member.role == "sync_standby")

    wait_until(context.clock, f"{params.target} to be the synchronous copy of {params.system}", ready, params.patience)


def run(context: Context, params: Params) -> Evidence:
    """Switch over unless it is done; wait until the target accepts writes and the source follows it."""
    database = context.database(params.system)
    source, target = database.member_of(params.source), database.member_of(params.target)
    clock, asked = context.clock, [-_ASK_AGAIN]

    def leads() -> bool:
        lease = database.lease()
        if lease is not None and lease.holder == target:
            return database.writable(target)
        if lease is not None and clock.monotonic() - asked[-1] >= _ASK_AGAIN:
            asked.append(clock.monotonic())
            database.switchover(source, target)  # an earlier one may be under way: then it is refused, and we look on
        return False

    wait_until(clock, f"{target} to lead {params.system}", leads, params.patience, every=0.1)
    return {"leader": target, "was": source}


def undo(context: Context, params: Params) -> Evidence:
    """Switch back to the source."""
    database = context.database(params.system)
    database.switchover(database.member_of(params.target), database.member_of(params.source))
    return {"leader": database.member_of(params.source)}


def _target(context: Context, params: Params) -> Member:
    database = context.database(params.system)
    name = database.member_of(params.target)
    return next(member for member in database.members() if member.name == name)
