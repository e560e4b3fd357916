"""Which centre serves a system right now: its database leads there, its address is held there."""

from __future__ import annotations

from collections.abc import Iterable

from dr.context import Context
from inventory.addresses import service_address
from inventory.error import MedcloudError
from inventory.model import Software

OTHER_WAY = "run the plan that starts where the services are now, or put them back"


def require_serving(context: Context, centre: str, systems: Iterable[str]) -> None:
    """Raise MedcloudError unless the centre leads and holds the address of each of these systems."""
    for name in systems:
        if context.site.system(name).software is Software.POSTGRESQL:
            database = context.database(name)
            lease, leader = database.lease(), database.member_of(centre)
            if lease is None or lease.holder != leader:
                holder = lease.holder if lease else "nobody"
                raise MedcloudError(f"{leader} does not lead {name}, {holder} does", OTHER_WAY)
        address = str(service_address(context.site.system(name)))
        if not context.network.holds(centre, address):
            raise MedcloudError(f"{centre} does not hold {address} of {name}", OTHER_WAY)
