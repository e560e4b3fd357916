"""Who takes a centre away in a drill: the lab where one runs, else the person at the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cli.console import note
from cli.context import SiteContext, enter_network

if TYPE_CHECKING:
    from dr.context import Disaster


class LabDisaster:
    """The site's lab isolates the centre. The lab acts from the network in which this object was made: make it before
    you join the operators' network."""

    def __init__(self, context: SiteContext) -> None:
        from lab.lab import Lab

        self._lab = Lab(context.site, context.name, context.state, context.cache)
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)

    def strike(self, centre: str) -> str:
        self._from_home(lambda: self._lab.strike("isolate", centre))
        return f"the lab cut every line and the management network of {centre} without a sign"

    def heal(self, centre: str) -> str:
        self._from_home(lambda: self._lab.heal(centre, "isolate"))
        return f"the lab gave {centre} its lines and its management network back"

    def standing(self) -> tuple[str, ...]:
        """The places, machines, lines, conduits and pairs of places that are broken on purpose right now."""
        return tuple(fault.target for fault in self._lab.status().faults)

    def cut(self, line: str, silent: bool = False) -> None:
        """Take a line's carrier away, or only what it carries. A conduit's name is all its lines."""
        self._from_home(lambda: self._lab.strike("blackhole" if silent else "cut", line))

    def mend(self, line: str) -> None:
        """Make a line as it was."""
        self._from_home(lambda: self._lab.heal(line))

    def power_off(self, machine: str) -> None:
        """Take a machine's power away."""
        self._from_home(lambda: self._lab.strike("kill", machine))

    def power_on(self, machine: str) -> None:
        """Give a machine its power back; returns when it answers."""
        self._from_home(lambda: self._lab.heal(machine, "kill"))

    def _from_home(self, act: Callable[[], None]) -> None:
        """Network namespaces belong to threads: a fresh one goes home, acts and ends."""
        with ThreadPoolExecutor(1, initializer=enter_network, initargs=(self._home,)) as pool:
            pool.submit(act).result()


class ByHand:
    """A person strikes and heals; the steps that follow wait until they see it."""

    def strike(self, centre: str) -> str:
        note(f"NOW: take {centre} off the network (the drill waits until it sees that)")
        return "by hand"

    def heal(self, centre: str) -> str:
        note(f"NOW: give {centre} its network back (the drill waits until it answers)")
        return "by hand"

    def standing(self) -> tuple[str, ...]:
        """Nobody keeps a list of what a person has broken."""
        return ()


def disaster(context: SiteContext) -> Disaster:
    """The lab's where the site's lab is up on this machine, else by hand."""
    return LabDisaster(context) if in_lab(context) else ByHand()


def in_lab(context: SiteContext) -> bool:
    """Whether the site's lab is up on this machine."""
    return os.path.exists(f"/run/netns/mc-{context.name}-ops")
