"""What a fault may touch of a lab: its wiring, its machines, its switch, and a place to keep what heals it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inventory import addresses
from inventory.model import Centre, Site
from lab import namespaces
from lab.wiring import Wiring

if TYPE_CHECKING:
    from lab.machine import LabMachine


@dataclass(frozen=True)
class Scene:
    """One lab as its faults see it. `folder` is theirs: what they keep there goes with `lab down`."""

    lab: str
    site: Site
    wiring: Wiring
    machines: Mapping[str, LabMachine]
    folder: Path

    def machine(self, name: str) -> LabMachine:
        return self.machines[name]

    def set_foot(self, place: str, alive: bool) -> None:
        """Let the operators' port into a place's management network forward or swallow everything."""
        for foot in self.wiring.feet:
            if foot.place == place:
                namespaces.set_foot(self.lab, foot, alive)

    def networks(self, place: str) -> tuple[str, ...]:
        """Every address that stays in a place: its networks and its machines' ends of lines."""
        where = addresses.place(self.site, place)
        inside = [addresses.tunnel(where), addresses.cloud(where)] if isinstance(where, Centre) else [where.lan]
        own = [addresses.management(where), *inside]
        given = [i.address for m in self.wiring.machines if m.place == place for i in m.interfaces if i.address]
        loose = {f"{address.ip}/32" for address in given if not any(address.ip in net for net in own)}
        return (*map(str, own), *sorted(loose))

    def keepsake(self, *words: str) -> Path:
        """A file of the fault that these words name."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.folder / hashlib.sha256("\0".join(words).encode()).hexdigest()[:24]
