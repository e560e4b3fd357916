"""Choose whose copy is the synchronous one: only what has every acknowledged row may lead."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from inventory.model import Part


class Params(Part):
    system: str
    centre: str
    patience: float = 90.0


def check(context: Context, params: Params) -> None:
    """A majority of etcd answers, and somebody leads."""
    wait_until(context.clock, f"{params.system} to be led", lambda: context.database(params.system).lease(), 30)


def run(context: Context, params: Params) -> Evidence:
    """Tell every member, then wait until etcd names the chosen copy as synchronous or as the leader."""
    database = context.database(params.system)
    member = database.member_of(params.centre)
    context.preference(params.system).choose(params.centre)

    def preferred() -> bool:
        lease = database.lease()
        return lease is not None and (lease.holder == member or member in lease.synchronous)

    wait_until(context.clock, f"{member} to be synchronous", preferred, params.patience)
    return {"synchronous": member}


def undo(context: Context, params: Params) -> Evidence:
    """The declared order again."""
    context.preference(params.system).reset()
    return {"synchronous": "as declared"}
