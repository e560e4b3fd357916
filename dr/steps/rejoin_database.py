"""Bring the old leader back as a copy: Patroni rewinds it, and it must stream from the new leader without a gap.

A member whose log is ahead of the leader's has written a future of its own under the same timeline. Patroni takes it
for a copy without lag and PostgreSQL waits for ever; such a member is copied anew.
"""

from __future__ import annotations

from dr.context import Context, DatabaseDoor, Evidence, wait_until
from dr.world import Member
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
    started = clock.monotonic()
    copied: list[str] = []

    def follows() -> Member | None:
        member = _following(database.members(), name, params.lag)
        forked = member is not None and database.ahead(name) > 0
        if not copied and (forked or (member is None and clock.monotonic() - started > params.copy_after)):
            copied.append("forked" if forked else "did not follow")
            database.reinitialise(name)
        return None if forked else member

    member = wait_until(clock, f"{name} to follow the new leader", follows, params.patience, every=0.5)
    return {
        "member": name,
        "role": member.role,
        "state": member.state,
        "timeline": member.timeline,
        "lag_bytes": member.lag,
        "copied_anew": bool(copied),
        "copied_because": copied[0] if copied else None,
    }


def undo(context: Context, params: Params) -> Evidence:
    """Stop it again."""
    database = context.database(params.system)
    database.stop(database.member_of(params.centre))
    return {}


def _started(database: DatabaseDoor, name: str) -> bool:
    database.start(name)
    return True


def _following(members: tuple[Member, ...], name: str, lag: int) -> Member | None:
    leader = next((member for member in members if member.is_leader), None)
    member = next((member for member in members if member.name == name), None)
    if leader is None or member is None or member.state != "streaming" or member.timeline != leader.timeline:
        return None
    return member if member.lag is not None and member.lag <= lag else None
