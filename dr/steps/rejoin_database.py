"""Bring the old leader back as a copy: Patroni rewinds it, and it must stream from the new leader without a gap."""

from __future__ import annotations

from dr.context import Context, DatabaseDoor, Evidence, wait_until
from dr.following import follow
from inventory.model import Part

AWAITS = ("promote-database",)  # steps that bring about what the check asks for


class Params(Part):
    """After `copy_after` seconds without success its data are copied anew; `lag` bytes are still "caught up"."""

    system: str
    centre: str
    copy_after: float = 150.0
    patience: float = 600.0
    lag: int = 1_048_576


def check(context: Context, params: Params) -> None:
    """Another member leads."""
    database = context.database(params.system)
    returning = database.member_of(params.centre)

    def led_by_another() -> bool:
        lease = database.lease()
        return lease is not None and lease.holder != returning

    wait_until(context.clock, f"another member than {returning} to lead", led_by_another, 30)


def run(context: Context, params: Params) -> Evidence:
    """Start it and wait until it follows on the leader's timeline."""
    database, clock = context.database(params.system), context.clock
    name = database.member_of(params.centre)
    wait_until(clock, f"the machine of {name} to answer", lambda: _started(database, name), params.patience)
    return follow(context, database, name, params.copy_after, params.patience, params.lag)


def undo(context: Context, params: Params) -> Evidence:
    """Stop it again."""
    database = context.database(params.system)
    database.stop(database.member_of(params.centre))
    return {}


def _started(database: DatabaseDoor, name: str) -> bool:
    database.start(name)
    return True
