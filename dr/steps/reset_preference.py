"""Protect as declared again: the copy in the same city is the synchronous one and every copy streams."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from inventory.model import CopyMode, Part
from inventory.placement import instances


class Params(Part):
    system: str
    patience: float = 120.0


def check(context: Context, params: Params) -> None:
    """Somebody leads."""
    wait_until(context.clock, f"{params.system} to be led", lambda: context.database(params.system).lease(), 30)


def run(context: Context, params: Params) -> Evidence:
    """Forget the choice on every member, wait until a declared synchronous copy is synchronous and all stream."""
    context.preference(params.system).reset()
    database = context.database(params.system)
    declared = {database.member_of(centre) for centre in _synchronous(context, params.system)}

    def protected() -> list[str] | None:
        lease, members = database.lease(), database.members()
        follow = all(member.works for member in members)
        found = [name for name in lease.synchronous if name in declared] if lease and follow else []
        return found or None

    found = wait_until(context.clock, f"the declared copy of {params.system}", protected, params.patience, every=0.5)
    return {"synchronous": found[0], "members": len(database.members())}


def undo(context: Context, params: Params) -> Evidence:
    """What is declared stays."""
    return {}


def _synchronous(context: Context, system: str) -> list[str]:
    """Centres that may be synchronous by declaration: the home and every synchronous copy."""
    centres = [centre.name for centre in context.site.centres]
    mine = [i for name in centres for i in instances(context.site, name) if i.system.name == system]
    return [i.centre for i in mine if i.copy in (None, CopyMode.SYNC)]
