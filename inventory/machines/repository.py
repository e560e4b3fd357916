"""A centre's backup server: keeps databases' backups and logs, and restores them for proof, apart from every cloud."""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import Any

from inventory import addresses
from inventory.machine import Interface, Machine, Wire
from inventory.model import Campus, Centre, Site
from inventory.repository import PORT, backup_of, members
from inventory.repository import repository as of_centre

GROUP = "repositories"
_MANAGEMENT_HOST = 6
_DISK_GB = 20  # sparse


def stand(site: Site, place: Centre | Campus) -> tuple[Machine, ...]:
    """One in every centre to which a database of real machines is backed up."""
    found = of_centre(site, place) if isinstance(place, Centre) else None
    if found is None or isinstance(place, Campus):
        return ()
    lan = IPv4Interface(f"{found.address}/{addresses.provider(place).prefixlen}")
    interfaces = (
        addresses.management_interface(place, _MANAGEMENT_HOST),
        Interface("eth1", Wire.LAN, f"{place.name}-lan", lan),
    )
    return (Machine(found.name, "repository", place.name, 1, interfaces, disk_gb=_DISK_GB),)


def variables(site: Site, machine: Machine) -> dict[str, Any]:
    """Its address, the way out, and each database that it keeps: members, rhythm and retention."""
    centre = site.centre(machine.place)
    found = of_centre(site, centre)
    assert found is not None
    return {
        "lan_gateway": str(addresses.lan_gateway(centre).ip),
        "pgbackrest_address": str(found.address),
        "pgbackrest_port": PORT,
        "stanzas": [_stanza(site, system.name) for system in found.systems],
    }


def _stanza(site: Site, system: str) -> dict[str, Any]:
    """A database's backups; spans in seconds, retention in days (at least one)."""
    backup = backup_of(site, system)
    assert backup is not None
    return {
        "system": system,
        "members": [{"name": i.name, "address": str(i.address)} for i in members(site, system)],
        "every": int(backup.every.total_seconds()),
        "full_every": int(backup.full_every.total_seconds()),
        "keep_days": max(1, backup.keep.days),
    }
