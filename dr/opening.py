"""Builds the context of a run: the doors of its pinned site, with the surviving side asked first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from dr.context import BubbleDoor, Context, Disaster, Evidence, SystemClock
from dr.doors import Shell
from dr.doors.backup import Repository
from dr.doors.bubble import ArchiveBubble, DatabaseBubble
from dr.doors.cloud import CentreCloud
from dr.doors.database import PatroniCluster, Seat
from dr.doors.imaging import Archive
from dr.doors.inside import Inside
from dr.doors.lease import LeaseRecords
from dr.doors.network import Routers
from dr.doors.preference import CopyPreference
from dr.doors.probes import Probes
from dr.doors.screens import Screens
from dr.doors.ward import Ward
from dr.doors.watch import ProtectionWatch
from dr.engine import Opening
from inventory.error import MedcloudError
from inventory.machines import Machine, machines
from inventory.model import Site, Software
from inventory.placement import machine_instances
from inventory.repository import repository_of
from monitors.probes import replication
from stacks.clouds import CloudAccess

ARCHIVE_USER = "medcloud"


def open_context(
    opening: Opening,
    shell: Shell,
    disaster: Disaster,
    secret: Callable[[str], str],
    access: Callable[[str], CloudAccess],
    play: Callable[[str, str], Evidence],
) -> Context:
    """The context of that run over this shell. Opens no connection yet.

    `access` gives a centre's cloud, `play` runs a playbook (name, hosts) and tells what changed.
    """
    site, source = opening.site, opening.plan.source
    stock = machines(site)
    routers = {
        place: tuple(str(m.management.ip) for m in stock if m.routes and m.place == place)
        for place in dict.fromkeys(m.place for m in stock if m.routes)
    }
    ward = next(m for m in stock if m.kind == "workstation")
    seats = [(i.system.name, Seat(i.name, str(i.address), i.centre)) for i in machine_instances(site)]
    ordered = sorted(seats, key=lambda item: (item[1].centre == source, item[1].centre != opening.plan.target))

    def seated(system: str) -> tuple[Seat, ...]:
        return tuple(seat for name, seat in ordered if name == system)

    def addresses(system: str) -> dict[str, str]:
        return {seat.centre: seat.address for seat in seated(system)}

    @cache
    def database(system: str) -> PatroniCluster:
        return PatroniCluster(shell, system, seated(system))

    @cache
    def imaging(system: str) -> Archive:
        return Archive(shell, addresses(system), ARCHIVE_USER, secret("orthanc"))

    @cache
    def bubble(system: str) -> BubbleDoor:
        if site.system(system).software is Software.ORTHANC:
            return ArchiveBubble(shell, system, addresses(system), ARCHIVE_USER, secret("orthanc"))
        return DatabaseBubble(shell, system, addresses(system), secret("postgres_replication"))

    return Context(
        run_id=opening.run_id,
        plan=opening.plan,
        site=site,
        folder=opening.folder,
        clock=SystemClock(),
        disaster=disaster,
        network=Routers(shell, routers, {centre.name: centre.asn for centre in site.centres}, _own(stock)),
        leases=LeaseRecords(lambda: database(_keeper(site))),
        ward=Ward(shell, str(ward.management.ip)),
        database=database,
        imaging=imaging,
        secret=secret,
        note=opening.note,
        replication=lambda system: replication.read(
            shell, system, [i for i in machine_instances(site) if i.system.name == system]
        ),
        preference=lambda system: CopyPreference(shell, system, seated(system)),
        watch=lambda system: ProtectionWatch(shell, system, seated(system)),
        bubble=bubble,
        backup=lambda system: _repository(shell, site, system),
        cloud=lambda centre: CentreCloud(access(centre)),
        faults=disaster.standing,
        play=play,
        probe=Probes(shell, site).look,
        tell=Screens(shell, site).say,
        inspect=Inside(shell, site).look,
    )


def _own(stock: Iterable[Machine]) -> dict[str, tuple[str, ...]]:
    """Router's management address → its other addresses."""
    routers = [machine for machine in stock if machine.routes]
    return {str(m.management.ip): tuple(str(i.address.ip) for i in m.interfaces[1:] if i.address) for m in routers}


def _keeper(site: Site) -> str:
    """The system whose etcd members keep the leases of all: the first database that stands as real machines."""
    for instance in machine_instances(site):
        if instance.system.software is Software.POSTGRESQL:
            return instance.system.name
    raise MedcloudError("no database of this site stands as real machines", "without etcd no lease can be kept")


def _repository(shell: Shell, site: Site, system: str) -> Repository:
    """The door to where that system's backups lie; MedcloudError when no repository keeps them."""
    kept = repository_of(site, system)
    if kept is None:
        raise MedcloudError(f"no repository of this site keeps {system}", "declare its backup under protection:")
    return Repository(shell, system, next(str(m.management.ip) for m in machines(site) if m.name == kept.name))
