"""In earnest: see what is lost and what answers. Refuse where the centre still serves, or nothing could take over."""

from __future__ import annotations

from dr.context import Context, Evidence
from dr.room import require_room
from dr.serving import require_serving
from dr.together import together
from inventory.error import MedcloudError, refused
from inventory.model import Part, Software


class Params(Part):
    """`lost`: the centre that is gone. `systems` move to `target`, `started` are cold ones there."""

    lost: str
    target: str
    systems: tuple[str, ...]
    started: tuple[str, ...] = ()


def check(context: Context, params: Params) -> None:
    """The centre does not serve any more, or nobody can tell; the target has its instances and its router."""
    lines = _lines(context, params.lost)
    serves = _serves(context, params)
    if serves == "yes" or (serves != "no" and any(lines.values())):
        still = [place for place, established in lines.items() if established]
        raise refused(
            f"{params.lost} is not lost: " + (f"lines to it are up on {', '.join(still)}" if still else "it serves"),
            f"to move away in good order or to rehearse: medcloud drill list {context.site.name}",
        )
    context.network.neighbours(params.target)
    require_room(context, params.target, params.systems, params.started)


def run(context: Context, params: Params) -> Evidence:
    """What was seen, for the record."""
    lines, faults = _lines(context, params.lost), context.faults()
    return {
        "lost": params.lost,
        "lines_up": lines,
        "serves": _serves(context, params),
        "faults": list(faults),
        "not_measured": "the outage began before this run: how long the wards waited is not known to it",
    }


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}


def _lines(context: Context, lost: str) -> dict[str, int]:
    """Of each surviving place that answers: how many of its sessions with the centre are established."""
    asn = context.site.centre(lost).asn

    def ask(place: str) -> int | None:
        try:
            return sum(n.established for n in context.network.neighbours(place) if n.asn == asn)
        except MedcloudError:
            return None

    places = [place for place in context.network.routers() if place != lost]
    found = dict(zip(places, together(ask, places), strict=True))
    return {place: lines for place, lines in found.items() if lines is not None}


def _serves(context: Context, params: Params) -> str:
    """`yes`: it holds leadership and addresses; `no`: a majority of etcd says that its databases do not lead (or it
    says itself that it let go); else why nobody can tell."""
    try:
        require_serving(context, params.lost, params.systems)
        return "yes"
    except MedcloudError as error:
        doubt = error.message
    databases = [name for name in params.systems if context.site.system(name).software is Software.POSTGRESQL]
    leases = {name: context.database(name).lease() for name in databases}
    led = [
        name
        for name, lease in leases.items()
        if lease and lease.holder == context.database(name).member_of(params.lost)
    ]
    return doubt if led or not databases else "no"
