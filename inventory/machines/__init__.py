"""Bare machines of a site. A kind of machine is a file of this package, found by its name:

`GROUP`, its group in the Ansible inventory; `stand(site, place)`, the machines of that kind in a centre or campus;
`variables(site, machine)`, what the Ansible inventory says of one beyond its interfaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any, Protocol, cast

from inventory.machine import Interface, Machine, Wire
from inventory.model import Campus, Centre, Site

__all__ = ["Interface", "Machine", "MachineKind", "Wire", "kinds", "machines"]


class MachineKind(Protocol):
    """What a file of this package offers."""

    @property
    def GROUP(self) -> str: ...
    def stand(self, site: Site, place: Centre | Campus) -> tuple[Machine, ...]: ...
    def variables(self, site: Site, machine: Machine) -> dict[str, Any]: ...


@cache
def kinds() -> Mapping[str, MachineKind]:
    """The kinds of machines by name, in alphabetical order."""
    names = sorted(module.name for module in iter_modules(__path__))
    return MappingProxyType({name: cast(MachineKind, import_module(f"{__name__}.{name}")) for name in names})


def machines(site: Site) -> tuple[Machine, ...]:
    """All bare machines of the places that the lab profile names (all places when there is no profile)."""
    places: list[Centre | Campus] = [
        *(centre for centre in site.centres if site.lab is None or centre.name in site.lab.centres),
        *(campus for campus in site.campuses if site.lab is None or campus.name in site.lab.campuses),
    ]
    return tuple(machine for place in places for kind in kinds().values() for machine in kind.stand(site, place))
