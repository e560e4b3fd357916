"""Where databases' backups lie: on a server of its own in the backup's centre, apart from every cloud."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from inventory import addresses
from inventory.model import Backup, Centre, Site, Software, System
from inventory.placement import Instance, machine_instances

PORT = 8432  # pgBackRest's own protocol over TLS, both ways
_HOST = 6  # on the centre's provider LAN; routers and the cloud's gateway come before it


@dataclass(frozen=True)
class Repository:
    """A centre's backup server and the database systems whose backups and logs it keeps."""

    name: str
    centre: str
    address: IPv4Address
    systems: tuple[System, ...]


def repository(site: Site, centre: Centre) -> Repository | None:
    """That centre's repository; None when no database of real machines is backed up there, or the lab leaves it out."""
    if site.lab is not None and not site.lab.repositories:
        return None
    kept = tuple(system for system in site.systems if _backup(site, system, centre.name))
    if not kept:
        return None
    return Repository(f"{centre.name}-repository-1", centre.name, addresses.provider(centre)[_HOST], kept)


def repositories(site: Site) -> tuple[Repository, ...]:
    """Every repository of the deployed centres; none in a lab that leaves them out."""
    centres = [centre for centre in site.centres if site.lab is None or centre.name in site.lab.centres]
    return tuple(found for centre in centres if (found := repository(site, centre)))


def repository_of(site: Site, system: str) -> Repository | None:
    """Where that system's backups lie; None for one that no repository keeps."""
    return next((r for r in repositories(site) if any(kept.name == system for kept in r.systems)), None)


def backup_of(site: Site, system: str) -> Backup | None:
    """How that system is backed up."""
    protection = site.protection_of(system)
    return protection.backup if protection else None


def members(site: Site, system: str) -> tuple[Instance, ...]:
    """The real machines of a system, those in the repository's own centre first: backups are read from them."""
    found = [instance for instance in machine_instances(site) if instance.system.name == system]
    backup = backup_of(site, system)
    return tuple(sorted(found, key=lambda i: backup is None or i.centre != backup.centre))


def _backup(site: Site, system: System, centre: str) -> bool:
    backup = backup_of(site, system.name)
    kept = system.software is Software.POSTGRESQL and backup is not None and backup.centre == centre
    return kept and bool(members(site, system.name))
