"""Hand the leadership over while everything is well: the old leader stops first, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from dr.context import Context, Evidence, wait_until
from dr.world import Member
from inventory.model import Part

AWAITS = ("prefer-copy",)  # steps that bring about what the check asks for


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
    """Switch over unless it is done; go on as soon as the target accepts writes, while Patroni still finishes."""
    database = context.database(params.system)
    source, target = database.member_of(params.source), database.member_of(params.target)
    pool = ThreadPoolExecutor(1)
    asked: list[Future[None]] = []

    def leads() -> bool:
        lease = database.lease()
        if lease is not None and lease.holder == target:
            return database.writable(target)
        if lease is not None and (not asked or asked[-1].done()):
            _ask_again(asked, lambda: pool.submit(database.switchover, source, target))
        return False

    try:
        wait_until(context.clock, f"{target} to lead {params.system}", leads, params.patience, every=0.2)
    finally:
        pool.shutdown(wait=False)
    return {"leader": target, "was": source}


def undo(context: Context, params: Params) -> Evidence:
    """Switch back to the source."""
    database = context.database(params.system)
    database.switchover(database.member_of(params.target), database.member_of(params.source))
    return {"leader": database.member_of(params.source)}


def _ask_again(asked: list[Future[None]], ask: Callable[[], Future[None]]) -> None:
    """Ask, and tell what became of the time before: a switchover under way since before a crash refuses another one."""
    refusal = asked[-1].exception() if asked else None
    asked.append(ask())
    if refusal is not None:
        raise refusal


def _target(context: Context, params: Params) -> Member:
    database = context.database(params.system)
    name = database.member_of(params.target)
    return next(member for member in database.members() if member.name == name)
