"""Reaching people: a message on every terminal of a campus's workstations, and in their logs."""

from __future__ import annotations

from dr.doors import Shell
from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Site


class Screens:
    """The workstations of a site by campus."""

    def __init__(self, shell: Shell, site: Site) -> None:
        self._shell = shell
        self._addresses: dict[str, list[str]] = {}
        for machine in machines(site):
            if machine.kind == "workstation":
                self._addresses.setdefault(machine.place, []).append(str(machine.management.ip))

    def say(self, place: str, text: str) -> str:
        """Show the text there; says on how many workstations. MedcloudError when there is none or one is silent."""
        addresses = self._addresses.get(place)
        if not addresses:
            raise MedcloudError(f"{place} has no workstation", f"places: {', '.join(self._addresses)}")
        for address in addresses:
            command = 'text=$(cat); logger -t medcloud-drill -- "$text"; wall -- "$text"'
            done = self._shell.run(address, command, input=text, timeout=20)
            done.require(f"show a message in {place}")
        return f"on {len(addresses)} workstations"
