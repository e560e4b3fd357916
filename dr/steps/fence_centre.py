"""Fence the lost centre before anything is promoted, and prove it.

Three fences: the surviving routers refuse its service announcements and drop its service traffic; what of it can still
be reached lets go of its services and its database; and the leader key is taken from it, by a majority of etcd.
The lease is ended before its time only when the target is synchronous: then it has every acknowledged row, and nobody
can reach the old leader to get another one acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from dr.context import Context, DatabaseDoor, Evidence, wait_until
from dr.together import together
from dr.world import Lease
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    """`patience`: seconds to wait for a lease that may not be ended early, `inside_patience`: for the lost centre's own
    answer, counted from the step's begin."""

    centre: str
    system: str
    target: str
    patience: float = 90.0
    inside_patience: float = 1.0


def check(context: Context, params: Params) -> None:
    """A majority of etcd answers: without it nobody may be promoted, so nothing is fenced either."""
    wait_until(context.clock, "a majority of etcd", lambda: (context.database(params.system).lease(), True), 30)


def run(context: Context, params: Params) -> Evidence:
    """Fence on every surviving router, then in the centre itself, then take the lease; all three are read back."""
    network = context.network
    survivors = [place for place in network.routers() if place != params.centre]
    begin = context.clock.monotonic()
    pool = ThreadPoolExecutor(1)
    inside = pool.submit(_inside, context, params)
    pool.shutdown(wait=False)
    together(lambda place: network.fence(place, params.centre), survivors)
    fences = together(lambda place: network.fence_of(place, params.centre), survivors)
    weak = [fence.place for fence in fences if not fence.complete]
    if weak:
        raise MedcloudError(f"the fence against {params.centre} is not complete on {', '.join(weak)}")
    lease = _take_lease(context, params)
    left = params.inside_patience - (context.clock.monotonic() - begin)
    return {"fenced_on": survivors, "inside": _heard(inside, left), "lease": lease}


def _heard(inside: Future[dict[str, str]], seconds: float) -> dict[str, str]:
    """What was done inside; a lost centre answers after a timeout and nobody waits for that, it is fenced anyway."""
    try:
        return inside.result(max(0.0, seconds))
    except TimeoutError:
        return {"router": "not reachable (no answer yet)", "database": "not reachable (no answer yet)"}


def undo(context: Context, params: Params) -> Evidence:
    """Lift the routers' fences; the database decides by etcd who leads."""
    for place in context.network.routers():
        if place != params.centre:
            context.network.lift(place, params.centre)
    return {}


def _inside(context: Context, params: Params) -> dict[str, str]:
    """Fence what still answers in the centre; what does not answer is outside our reach and behind the other fences."""
    database = context.database(params.system)
    acts: dict[str, Callable[[], None]] = {
        "router": lambda: context.network.fence(params.centre, params.centre),
        "database": lambda: database.stop(database.member_of(params.centre)),
    }

    def attempt(name: str) -> str:
        try:
            acts[name]()
            return "fenced"
        except MedcloudError as error:
            return f"not reachable ({error.message})"

    return dict(zip(acts, together(attempt, acts), strict=True))


def _take_lease(context: Context, params: Params) -> dict[str, str | None]:
    database = context.database(params.system)
    held_by, target = database.member_of(params.centre), database.member_of(params.target)
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
    database.revoke(lease)
    return f"ended: {target} is synchronous and {lease.holder} is fenced"


def _seen(lease: Lease | None, forbidden: str) -> tuple[str | None] | None:
    """The holder (or nobody) once it is not the forbidden one."""
    holder = lease.holder if lease else None
    return None if holder == forbidden else (holder,)
