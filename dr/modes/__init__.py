"""The modes of a drill: each module turns a route into step calls. Calls are added in an order that `after` allows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dr.plan import Params, StepCall
from dr.route import Route
from inventory.model import Software, System

Names = tuple[str, ...]


class Calls:
    """Collects a plan's calls."""

    def __init__(self) -> None:
        self.found: list[StepCall] = []

    def add(self, step: str, after: Iterable[str] = (), /, name: str = "", undo: bool = False, **params: Any) -> Names:
        """Add one call and give its name as the `after` of the next; `name` is needed where a step comes twice."""
        call = StepCall(name=name or step, step=step, params=params, after=tuple(dict.fromkeys(after)), undo=undo)
        self.found.append(call)
        return (call.name,)


def numbered(step: str, system: System, among: Iterable[System]) -> str:
    """A call's name: the step's, with the system's where one step moves several systems of a kind."""
    several = sum(other.software is system.software for other in among) > 1
    return f"{step}-{system.name}" if several else step


def begin(calls: Calls, way: Route, serving: str, **more: Any) -> Names:
    """The guards, before anything moves."""
    wanted: Params = {"systems": list(way.moved), "started": [system.name for system in way.standbys]}
    return calls.add("assess-start", serving=serving, target=way.target.name, **wanted, **more)


def start_ledger(calls: Calls, way: Route, after: Names, serving: str, **more: Any) -> Names:
    return calls.add("start-ledger", after, undo=True, system=way.ledger, source=serving, images=way.images, **more)


def verify(calls: Calls, way: Route, after: Names, target: str) -> Names:
    return calls.add("verify-transactions", after, system=way.ledger, images=way.images, target=target)


def measure(
    calls: Calls, way: Route, after: Names, phase: str, name: str = "", holder: str | None = None, late: bool = False
) -> Names:
    """The rows and images, against the ledger; `holder` is the centre whose archive the wards use, `late` says that the
    ledger began after the outage."""
    params: dict[str, Any] = {"system": way.ledger, "images": way.images, "phase": phase}
    return calls.add(
        "measure",
        after,
        name=name,
        **params | ({"holder": holder} if holder else {}) | ({"late": True} if late else {}),
    )


def copy_images(calls: Calls, way: Route, after: Names, prefix: str = "copy-images") -> Names:
    """Both archives whole, for every archive that moves; `after` itself where there is none."""
    names: Names = ()
    for archive in way.archives:
        sides: Params = {"system": archive.name, "source": way.source.name, "target": way.target.name}
        names += calls.add("copy-images", after, name=numbered(prefix, archive, way.services), **sides)
    return names or after


def rejoin_copies(calls: Calls, way: Route, after: Names, leave_out: Names = ()) -> Names:
    """Every copy of every database that moved follows the new leader."""
    names: Names = ()
    for database in way.databases:
        left: Params = {"leave_out": list(leave_out)} if leave_out else {}
        name = numbered("rejoin-copies", database, way.services)
        names += calls.add("rejoin-copies", after, name=name, system=database.name, **left)
    return names


def start_standbys(calls: Calls, way: Route, after: Names, moved: dict[str, Names]) -> Names:
    """Cold copies at the target, each as soon as what it depends on is there."""
    started = dict(moved)
    for standby in _by_dependency(way.standbys):
        needs = [name for other in standby.depends_on for name in started.get(other, ())]
        started[standby.name] = calls.add(
            "start-instances", needs or after, name=f"start-{standby.name}", system=standby.name, centre=way.target.name
        )
    return tuple(name for system in way.standbys for name in started[system.name])


def _by_dependency(systems: tuple[System, ...]) -> list[System]:
    """In the order given, but each after what it depends on (the model has no cycles)."""
    left, found = list(systems), list[System]()
    while left:
        waiting = {system.name for system in left}
        ready = next((s for s in left if not waiting & set(s.depends_on)), left[0])
        left.remove(ready)
        found.append(ready)
    return found


def is_database(system: System) -> bool:
    return system.software is Software.POSTGRESQL
