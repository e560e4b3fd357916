"""In earnest: see what is lost and what answers. Refuse where the centre still serves, or nothing could take over."""

from __future__ import annotations

from dr.context import Context, Evidence
from dr.plan import HALF_DEAD
from dr.room import require_room
from dr.serving import require_serving
from dr.together import together
from inventory.addresses import service_address
from inventory.error import MedcloudError, refused
from inventory.model import Part, Software


class Params(Part):
    """`lost`: the centre that is gone. `systems` move to `target`, `started` are cold ones there."""

    lost: str
    target: str
    systems: tuple[str, ...]
    started: tuple[str, ...] = ()


def check(context: Context, params: Params) -> None:
    """The centre serves nothing any more, or somebody answers by name for leaving it; the target can take over."""
    up = [place for place, established in _lines(context, params.lost).items() if established]
    life = (
        _signs(context, params) if up else []
    )  # no ward reaches a centre without a line, whatever it thinks of itself
    if life and (not _accepted(context) or _serves(context, params)):
        raise refused(
            f"{params.lost} is not lost: lines to it are up on {', '.join(up)}; {'; '.join(life)}",
            f"in good order: --mode planned; it is half dead and must be left: --accept {HALF_DEAD}=NAME",
        )
    for name in _databases(context, params):
        context.database(name).lease()  # without a majority of etcd nobody may be promoted
    context.network.neighbours(params.target)
    require_room(context, params.target, params.systems, params.started)


def run(context: Context, params: Params) -> Evidence:
    """What was seen, for the record."""
    lines, faults = _lines(context, params.lost), context.faults()
    return {
        "lost": params.lost,
        "lines_up": lines,
        "signs_of_life": _signs(context, params) if any(lines.values()) else [],
        "accepted_by": [agreed.by for agreed in context.plan.accepted if agreed.what == HALF_DEAD],
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


def _serves(context: Context, params: Params) -> bool:
    """It leads and holds everything, by its own word."""
    try:
        require_serving(context, params.lost, params.systems)
        return True
    except MedcloudError:
        return False


def _signs(context: Context, params: Params) -> list[str]:
    """What the centre still seems to serve: a database leads there by a majority of etcd, an address is held there (or
    nobody can tell)."""
    found = []
    for name in params.systems:
        if name in _databases(context, params):
            database = context.database(name)
            lease, own = database.lease(), database.member_of(params.lost)
            found += [f"{own} leads {name}"] if lease and lease.holder == own else []
        address = str(service_address(context.site.system(name)))
        try:
            found += [f"it holds {address} of {name}"] if context.network.holds(params.lost, address) else []
        except MedcloudError as error:
            found.append(f"nobody can tell whether it holds {address} of {name} ({error.message})")
    return found


def _databases(context: Context, params: Params) -> list[str]:
    return [name for name in params.systems if context.site.system(name).software is Software.POSTGRESQL]


def _accepted(context: Context) -> bool:
    return any(agreed.what == HALF_DEAD for agreed in context.plan.accepted)
