"""The probes of `monitors` as a drill asks them: by name, of a target, as plain data."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from dr.context import Evidence
from inventory.checks.finding import nearest
from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Site
from inventory.placement import machine_instances
from monitors.probes import host, line, pacs, replication
from monitors.reading import Shell


class Probes:
    """Probes of one site: `replication` of a database, `pacs` of an archive's instance, `host` of a machine or an
    instance, `line` of a carrier line (as its `a` end sees it)."""

    def __init__(self, shell: Shell, site: Site) -> None:
        self._shell = shell
        self._site = site
        self._kinds: dict[str, Callable[[str], Any]] = {
            "replication": self._replication,
            "pacs": self._pacs,
            "host": self._host,
            "line": self._line,
        }

    def look(self, name: str, target: str) -> Evidence:
        """What that probe sees of the target; MedcloudError for an unknown name and for what cannot be read."""
        if name not in self._kinds:
            raise MedcloudError(f"no probe `{name}`", nearest(name, self._kinds))
        return dataclasses.asdict(self._kinds[name](target))

    def _replication(self, target: str) -> replication.Cluster:
        mine = [i for i in machine_instances(self._site) if i.system.name == target]
        self._known(target, bool(mine), "database")
        return replication.read(self._shell, target, mine)

    def _pacs(self, target: str) -> pacs.PacsState:
        found = next((i for i in machine_instances(self._site) if i.name == target), None)
        self._known(target, found is not None, "instance")
        assert found is not None
        return pacs.read(self._shell, found)

    def _host(self, target: str) -> host.HostState:
        addresses = {m.name: str(m.management.ip) for m in machines(self._site)}
        addresses |= {i.name: str(i.address) for i in machine_instances(self._site)}
        self._known(target, target in addresses, "machine")
        return host.read(self._shell, target, addresses[target])

    def _line(self, target: str) -> line.LineState:
        link = next((link for link in self._site.links if link.name == target), None)
        self._known(target, link is not None, "line")
        assert link is not None
        ends = [m for m in machines(self._site) if m.routes and m.place == link.a]
        states = [
            s
            for m in ends
            if target in {i.network for i in m.interfaces}
            for s in line.read(self._shell, self._site, m)
        ]
        return next(state for state in states if state.link == target)

    def _known(self, target: str, there: bool, what: str) -> None:
        if not there:
            raise MedcloudError(f"{self._site.name} has no {what} `{target}`")
