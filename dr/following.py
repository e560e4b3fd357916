"""A member of a database follows its leader: on its timeline, streaming, with no future of its own; or is copied anew.

Two ways of hanging for ever look harmless. A member whose log is ahead of the leader's has written a future of its own;
Patroni takes it for a copy without lag. A copy that was away while the leader changed asks a rebuilt leader for history
or log of a timeline that it never had, again and again; Patroni lists it as running. Neither ends by waiting.
"""

from __future__ import annotations

from dr.context import Context, DatabaseDoor, Evidence, wait_until
from dr.world import Member


def follow(
    context: Context, database: DatabaseDoor, name: str, copy_after: float, patience: float, lag: int
) -> Evidence:
    """Wait until that member follows; after `copy_after` seconds without any progress, or at once when it has forked,
    have its data copied anew, once. `lag` bytes are still "caught up". MedcloudError after `patience` seconds."""
    progress = _Progress(context.clock.monotonic())
    copied: list[str] = []

    def follows() -> Member | None:
        members, now = database.members(), context.clock.monotonic()
        member = _following(members, name, lag)
        forked = member is not None and database.ahead(name) > 0
        still = progress.seconds_without(next((other for other in members if other.name == name), None), now)
        if not copied and (forked or (member is None and still > copy_after)):
            database.reinitialise(name)
            copied.append("forked" if forked else "did not follow")
        return None if forked else member

    member = wait_until(context.clock, f"{name} to follow the new leader", follows, patience, every=0.5)
    return {
        "member": name,
        "role": member.role,
        "state": member.state,
        "timeline": member.timeline,
        "lag_bytes": member.lag,
        "copied_anew": bool(copied),
        "copied_because": copied[0] if copied else None,
    }


class _Progress:
    """A copy that comes nearer is not hanging, however far behind it is."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._nearest: int | None = None

    def seconds_without(self, member: Member | None, now: float) -> float:
        """Since when the member, as it is seen now, has not come nearer to the leader's end."""
        lag = member.lag if member is not None and member.state == "streaming" else None
        if lag is not None and (self._nearest is None or lag < self._nearest):
            self._since, self._nearest = now, lag
        return now - self._since


def _following(members: tuple[Member, ...], name: str, lag: int) -> Member | None:
    leader = next((member for member in members if member.is_leader), None)
    member = next((member for member in members if member.name == name), None)
    if leader is None or member is None or member.state != "streaming" or member.timeline != leader.timeline:
        return None
    return member if member.lag is not None and member.lag <= lag else None
