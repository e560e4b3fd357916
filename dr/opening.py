"""Builds the context of a run: the doors of its pinned site, with the surviving side asked first."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from dr.context import Context, Disaster, SystemClock
from dr.doors import Shell
from dr.doors.database import PatroniCluster, Seat
from dr.doors.imaging import Archive
from dr.doors.lease import LeaseRecords
from dr.doors.network import Routers
from dr.doors.ward import Ward
from dr.engine import Opening
from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Site, Software
from inventory.placement import machine_instances

ARCHIVE_USER = "medcloud"


def open_context(opening: Opening, shell: Shell, disaster: Disaster, secret: Callable[[str], str]) -> Context:
    """The context of that run over this shell. Opens no connection yet."""
    site, source = opening.site, opening.plan.source
    routers = {m.place: str(m.management.ip) for m in machines(site) if m.routes}
    ward = next(m for m in machines(site) if m.kind == "workstation")
    seats = [(i.system.name, Seat(i.name, str(i.address), i.centre)) for i in machine_instances(site)]
    ordered = sorted(seats, key=lambda item: (item[1].centre == source, item[1].centre != opening.plan.target))

    @cache
    def database(system: str) -> PatroniCluster:
        return PatroniCluster(shell, system, tuple(seat for name, seat in ordered if name == system))

    @cache
    def imaging(system: str) -> Archive:
        addresses = {seat.centre: seat.address for name, seat in ordered if name == system}
        return Archive(shell, addresses, ARCHIVE_USER, secret("orthanc"))

    return Context(
        run_id=opening.run_id,
        plan=opening.plan,
        site=site,
        folder=opening.folder,
        clock=SystemClock(),
        disaster=disaster,
        network=Routers(shell, routers, {centre.name: centre.asn for centre in site.centres}),
        leases=LeaseRecords(lambda: database(_keeper(site))),
        ward=Ward(shell, str(ward.management.ip)),
        database=database,
        imaging=imaging,
        secret=secret,
        note=opening.note,
    )


def _keeper(site: Site) -> str:
    """The system whose etcd members keep the leases of all: the first database that stands as real machines."""
    for instance in machine_instances(site):
        if instance.system.software is Software.POSTGRESQL:
            return instance.system.name
    raise MedcloudError("no database of this site stands as real machines", "without etcd no lease can be kept")
