"""Everything the probes saw at one time, the only thing a metric may look at."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from inventory.hosts import machine_instances
from inventory.machines import Machine, machines
from inventory.model import Site, Software
from inventory.placement import Instance
from inventory.repository import backup_of, repositories
from monitors import capacity
from monitors.probes import backup, cloud, host, line, pacs, replication
from monitors.reading import Shell, Unread, attempt

Look = Callable[[str], Mapping[str, Any]]  # centre → the plain data of `stacks.look`
_T = TypeVar("_T")


@dataclass(frozen=True)
class Score:
    """The last judged audit: when, verdict → count, and the conforming share of the applicable items (0–1)."""

    taken: datetime
    verdicts: Mapping[str, int]
    rate: float


@dataclass(frozen=True)
class Ready:
    """Readiness for a failover when it was last judged: plan → check → go, no-go or unknown."""

    taken: datetime
    plans: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Facts:
    """What was read, per object; `Unread` where it could not be. `taken` is UTC, `seconds` how long reading took."""

    site: str
    taken: datetime
    seconds: float = 0.0
    lines: Mapping[str, tuple[line.LineState, ...] | Unread] = field(default_factory=dict)
    clusters: Mapping[str, replication.Cluster | Unread] = field(default_factory=dict)
    hosts: Mapping[str, host.HostState | Unread] = field(default_factory=dict)
    pacs: Mapping[str, pacs.PacsState | Unread] = field(default_factory=dict)
    backups: Mapping[str, backup.BackupState | Unread] = field(default_factory=dict)
    clouds: Mapping[str, cloud.CloudState | Unread] = field(default_factory=dict)
    capacity: capacity.Capacity | None = None
    score: Score | Unread | None = None
    readiness: Ready | Unread | None = None

    def probes(self) -> Mapping[str, Mapping[str, object]]:
        """Probe name → object → what was read of it."""
        return {
            "line": self.lines,
            "replication": self._members(),
            "host": self.hosts,
            "pacs": self.pacs,
            "backup": self.backups,
            "cloud": self.clouds,
            "audit": {} if self.score is None else {"last": self.score},
            "readiness": {} if self.readiness is None else {"last": self.readiness},
        }

    def _members(self) -> dict[str, object]:
        """Every database member, since a cluster none of whose members answers was not read."""
        found: dict[str, object] = {}
        for name, known in self.clusters.items():
            if isinstance(known, Unread):
                found[name] = known
            else:
                found |= {member.name: member for member in known.members}
                found |= {unread.what: unread for unread in known.unread}
        return found


def gather(site: Site, shell: Shell, look: Look, score: Score | Unread | None = None) -> Facts:
    """Run every probe of the site side by side; what fails becomes `Unread`, nothing is raised."""
    begin, bare, virtual = time.monotonic(), machines(site), machine_instances(site)
    with ThreadPoolExecutor(max_workers=16) as pool:
        lines = _start(pool, _routers(bare), lambda m: line.read(shell, site, m))
        hosts = _start(pool, _addresses(bare, virtual), lambda pair: host.read(shell, *pair))
        images = _start(pool, _of(virtual, Software.ORTHANC), lambda i: pacs.read(shell, i))
        backups = _start(pool, _backups(site, bare), lambda asked: backup.read(shell, *asked))
        clusters = _start(pool, _clusters(virtual), lambda pair: replication.read(shell, *pair))
        clouds = _start(pool, _centres(site), lambda name: cloud.parse(name, look(name)))
        read_clouds = _wait(clouds)
        taken = datetime.now(UTC)
        return Facts(
            site=site.name,
            taken=taken,
            lines=_wait(lines),
            hosts=_wait(hosts),
            pacs=_wait(images),
            backups=_wait(backups),
            clusters=_wait(clusters),
            clouds=read_clouds,
            capacity=capacity.compute(site, taken, read_clouds),
            score=score,
            seconds=round(time.monotonic() - begin, 3),
        )


def look_at_clouds(site: Site, look: Look) -> dict[str, cloud.CloudState | Unread]:
    """The clouds of the deployed centres alone."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        return _wait(_start(pool, _centres(site), lambda name: cloud.parse(name, look(name))))


def _start(
    pool: ThreadPoolExecutor, items: Mapping[str, Any], read: Callable[[Any], _T]
) -> dict[str, Future[_T | Unread]]:
    return {name: pool.submit(_attempt, name, read, item) for name, item in items.items()}


def _attempt(name: str, read: Callable[[Any], _T], item: Any) -> _T | Unread:
    return attempt(name, lambda: read(item))


def _wait(started: Mapping[str, Future[_T | Unread]]) -> dict[str, _T | Unread]:
    return {name: future.result() for name, future in started.items()}


def _routers(bare: tuple[Machine, ...]) -> dict[str, Machine]:
    return {machine.name: machine for machine in bare if machine.routes}


def _addresses(bare: tuple[Machine, ...], virtual: tuple[Instance, ...]) -> dict[str, tuple[str, str]]:
    found = {machine.name: (machine.name, str(machine.management.ip)) for machine in bare}
    return found | {instance.name: (instance.name, str(instance.address)) for instance in virtual}


def _of(virtual: tuple[Instance, ...], software: Software) -> dict[str, Instance]:
    return {instance.name: instance for instance in virtual if instance.system.software is software}


def _clusters(virtual: tuple[Instance, ...]) -> dict[str, tuple[str, list[Instance]]]:
    found: dict[str, tuple[str, list[Instance]]] = {}
    for instance in _of(virtual, Software.POSTGRESQL).values():
        found.setdefault(instance.system.name, (instance.system.name, []))[1].append(instance)
    return found


def _backups(site: Site, bare: tuple[Machine, ...]) -> dict[str, tuple[str, str, float]]:
    """System → whom to ask, what, and the seconds within which the model wants a backup."""
    at = {machine.name: str(machine.management.ip) for machine in bare}
    return {
        system.name: (at[found.name], system.name, declared.every.total_seconds())
        for found in repositories(site)
        for system in found.systems
        if (declared := backup_of(site, system.name))
    }


def _centres(site: Site) -> dict[str, str]:
    names = site.lab.centres if site.lab else tuple(centre.name for centre in site.centres)
    return {name: name for name in names}
