"""After another member leads: see that every copy of the database follows it, and copy anew what hangs.

A copy that Patroni does not list is stopped, or its centre is away: it is told of, not waited for. Care may depend on
this step in a real outage, and whoever stopped a copy had a reason.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dr.context import Context, Evidence, wait_until
from dr.following import follow
from inventory.model import Part
from inventory.placement import machine_instances

AWAITS = ("promote-database", "switchover-database")  # steps that bring about what the check asks for


class Params(Part):
    """`leave_out`: centres whose copy is another step's business. The rest as in `rejoin-database`; a copy is only
    taken for hanging after `copy_after` seconds."""

    system: str
    leave_out: tuple[str, ...] = ()
    copy_after: float = 90.0
    patience: float = 600.0
    lag: int = 1_048_576


def check(context: Context, params: Params) -> None:
    """Somebody leads."""
    database = context.database(params.system)
    wait_until(context.clock, f"{params.system} to have a leader", lambda: _leader(context, params), 30)
    database.members()


def run(context: Context, params: Params) -> Evidence:
    """Look at all copies side by side; how each of them follows, and which are not there."""
    database = context.database(params.system)
    leader = wait_until(context.clock, f"{params.system} to have a leader", lambda: _leader(context, params), 30)
    wanted = [name for name in _copies(context, params) if name != leader]
    there = {member.name for member in database.members()}
    present, away = [name for name in wanted if name in there], [name for name in wanted if name not in there]
    for name in away:
        context.note(f"{name} is stopped or away: nobody saw it follow {leader}")
    with ThreadPoolExecutor(max(len(present), 1)) as pool:
        limits = (params.copy_after, params.patience, params.lag)
        found = list(pool.map(lambda name: follow(context, database, name, *limits), present))
    return {"leader": leader, "following": found, "away": away}


def undo(context: Context, params: Params) -> Evidence:
    """A copy that follows stays."""
    return {}


def _leader(context: Context, params: Params) -> str | None:
    lease = context.database(params.system).lease()
    return lease.holder if lease else None


def _copies(context: Context, params: Params) -> list[str]:
    """The names of the members in every centre that has one."""
    of_system = [i for i in machine_instances(context.site) if i.system.name == params.system]
    centres = dict.fromkeys(i.centre for i in of_system if i.centre not in params.leave_out)
    return [context.database(params.system).member_of(centre) for centre in centres]
