"""Tell people: on the screens of a campus's workstation, and in the journal."""

from __future__ import annotations

from dr.context import Context, Evidence
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    text: str
    place: str = ""  # a campus; by default the first one


def check(context: Context, params: Params) -> None:
    """The place is a campus and there is something to say."""
    if not params.text.strip():
        raise MedcloudError("nothing to say", "give the step a text")
    campuses = [campus.name for campus in context.site.campuses]
    if params.place and params.place not in campuses:
        raise MedcloudError(f"{params.place} is no campus", f"campuses: {', '.join(campuses)}")


def run(context: Context, params: Params) -> Evidence:
    """Say it once more if this step was cut off: better twice than not at all."""
    place = params.place or context.site.campuses[0].name
    how = context.tell(place, params.text)
    context.note(f"told {place}: {params.text}")
    return {"told": place, "how": how}


def undo(context: Context, params: Params) -> Evidence:
    """What was said was said."""
    return {}
