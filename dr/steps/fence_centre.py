"""Fence the lost centre before anything is promoted, and prove it.

Two fences: the surviving routers refuse its service announcements and drop its service traffic, and what of it can
still be reached lets go of its services and its database. With the proof of them the lease is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from dr.context import Context, Evidence, wait_until
from dr.together import together
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    """`inside_patience`: seconds for the lost centre's own answer, counted from the step's begin."""

    centre: str
    system: str
    inside_patience: float = 0.5


def check(context: Context, params: Params) -> None:
    """A majority of etcd answers: without it nobody may be promoted, so nothing is fenced either."""
    wait_until(context.clock, "a majority of etcd", lambda: (context.database(params.system).lease(), True), 30)


def run(context: Context, params: Params) -> Evidence:
    """Fence on every surviving router and, as far as it answers, in the centre itself; read it back."""
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
    left = params.inside_patience - (context.clock.monotonic() - begin)
    dead = {fence.place: list(fence.dead) for fence in fences if fence.dead}
    return {"fenced_on": survivors, "inside": _heard(inside, left)} | ({"proved_dead": dead} if dead else {})


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
