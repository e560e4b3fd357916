"""Campuses of any shape, made from the Xiamen hospital."""

from __future__ import annotations

from inventory.machines import Machine, machines
from inventory.model import Campus, Site

_NAME = "main-hospital"


def shaped(site: Site, edges: int, access_switches: int) -> Site:
    """The site with its main hospital of that shape."""
    campuses = [
        campus.model_copy(update={"edges": edges, "access_switches": access_switches})
        if campus.name == _NAME
        else campus
        for campus in site.campuses
    ]
    return site.model_copy(update={"campuses": tuple(campuses)})


def of_kind(site: Site, kind: str) -> list[Machine]:
    """The main hospital's machines of that kind."""
    return [machine for machine in machines(site) if machine.place == _NAME and machine.kind == kind]


def hospital(site: Site) -> Campus:
    return site.campus(_NAME)
