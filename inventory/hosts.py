"""The Ansible inventory, printed from the site: groups and host variables, nothing typed twice.

Groups: `machines` (all bare ones) and one per kind (`nodes`, `routers`, `edges`, …), `databases`, `pacs`, and one
`centre_<name>` or `campus_<name>` per place (hyphens become underscores). Secrets are not in it; they come as extra
variables (`inventory.secrets`).
"""

from __future__ import annotations

from typing import Any

from inventory import addresses
from inventory.machines import Machine, kinds, machines
from inventory.model import Campus, Centre, CopyMode, Flow, Site, Software, System
from inventory.placement import Instance
from inventory.placement import machine_instances as machine_instances
from inventory.repository import PORT, Repository, backup_of, members, repositories, repository_of

Vars = dict[str, Any]

_BARE = "machines"
_GROUP_OF_SOFTWARE = {Software.POSTGRESQL: "databases", Software.ORTHANC: "pacs"}


def ansible_inventory(site: Site) -> dict[str, Any]:
    """The whole inventory as Ansible's YAML structure: `all` with `vars`, `hosts` and `children`."""
    hosts: dict[str, Vars] = {}
    groups: dict[str, dict[str, Any]] = {}
    for machine in machines(site):
        hosts[machine.name] = machine_vars(site, machine)
        _join(groups, _BARE, machine.name)
        _join(groups, kinds()[machine.kind].GROUP, machine.name)
        _join(groups, _place_group(site, machine.place), machine.name)
    for instance in machine_instances(site):
        hosts[instance.name] = instance_vars(site, instance)
        _join(groups, _GROUP_OF_SOFTWARE[instance.system.software], instance.name)
        _join(groups, _place_group(site, instance.centre), instance.name)
    children: dict[str, Any] = {
        name: {"hosts": {host: {} for host in members["hosts"]}} for name, members in sorted(groups.items())
    }
    return {"all": {"vars": site_vars(site), "hosts": hosts, "children": children}}


def site_vars(site: Site) -> Vars:
    """Variables of every host: addresses of operators and services, the baseline, the expected announcements."""
    return {
        "ansible_user": "root",
        "ansible_python_interpreter": "/usr/bin/python3",
        "site_name": site.name,
        "ops_networks": [str(addresses.management(p)) for p in _places(site)],
        "services_network": str(addresses.SERVICES),
        "lines_network": str(addresses.LINES),
        "campus_networks": [str(campus.lan) for campus in _campuses(site)],
        "baseline": site.baseline.model_dump(mode="json", exclude={"attestations", "waivers"}),
        "announcements": [_announcement(site, p) for p in _places(site)],
        "flows": [_flow(site, flow) for flow in site.flows],
        "service_flows": [_service_flow(site, system) for system in site.systems if system.service],
        "copies": _copies(site),
        "backups": [_backup_flow(site, found) for found in repositories(site)],
        "hosts_entries": [{"name": m.name, "address": str(m.management.ip)} for m in machines(site)],
        "management_network": str(addresses.MANAGEMENT),
        "log_servers": _log_servers(site),
        "in_lab": site.lab is not None,
    }


def machine_vars(site: Site, machine: Machine) -> Vars:
    """Variables of one bare machine."""
    return {
        "ansible_host": str(machine.management.ip),
        "place": machine.place,
        "machine_kind": machine.kind,
        "management_address": str(machine.management.ip),
        "interfaces": [
            {
                "name": i.name,
                "wire": i.wire.value,
                "network": i.network,
                "address": str(i.address) if i.address else None,
            }
            for i in machine.interfaces
        ],
        **kinds()[machine.kind].variables(site, machine),
    }


def instance_vars(site: Site, instance: Instance) -> Vars:
    """Variables of one real instance: its place in its cluster and its peers."""
    peers = [i for i in machine_instances(site) if i.system.name == instance.system.name]
    return {
        "ansible_host": str(instance.address),
        "place": instance.centre,
        "machine_kind": "instance",
        "instance_address": str(instance.address),
        "system": instance.system.name,
        "copy_mode": instance.copy.value if instance.copy else "primary",
        "replicate_from": _replicate_from(peers, instance),
        **_backup_vars(site, instance),
        "service_ports": list(instance.system.service.ports) if instance.system.service else [],
        "service_address": str(addresses.service_address(instance.system)) if instance.system.service else None,
        "members": [
            {
                "name": i.name,
                "address": str(i.address),
                "centre": i.centre,
                "copy_mode": i.copy.value if i.copy else "primary",
            }
            for i in peers
        ],
        "gateway_addresses": [str(addresses.lan_gateway(c).ip) for c in _centres(site)],
        "centre_router_management": f"{addresses.management(site.centre(instance.centre))[1]}",
    }


def _backup_flow(site: Site, found: Repository) -> Vars:
    """A repository and the database members that speak with it, from either side."""
    instances = [i for system in found.systems for i in members(site, system.name)]
    return {"repository": str(found.address), "port": PORT, "members": [str(i.address) for i in instances]}


def _backup_vars(site: Site, instance: Instance) -> Vars:
    """Where a database's log and backups go; nothing for what no repository keeps."""
    found, backup = repository_of(site, instance.system.name), backup_of(site, instance.system.name)
    if found is None or backup is None:
        return {}
    return {
        "pgbackrest_address": str(instance.address),
        "pgbackrest_port": PORT,
        "backup": {
            "repository": found.name,
            "address": str(found.address),
            "log_seconds": int(backup.log_every.total_seconds()),
        },
    }


def _log_servers(site: Site) -> list[Vars]:
    """Where every record goes: bare machines reach a log server by management, instances by its centre's LAN."""
    return [
        {"name": m.name, "management": str(m.interfaces[0].address.ip), "lan": str(m.interfaces[1].address.ip)}
        for m in machines(site)
        if m.kind == "keeper" and m.interfaces[0].address and m.interfaces[1].address
    ]


def _announcement(site: Site, place: Centre | Campus) -> Vars:
    """What a place's AS may announce; everything else is refused by its neighbours."""
    networks = [addresses.cloud(place)] if isinstance(place, Centre) else addresses.access_networks(place)
    return {
        "place": place.name,
        "asn": place.asn,
        "networks": [str(network) for network in networks],
        "services": isinstance(place, Centre),
    }


def _flow(site: Site, flow: Flow) -> Vars:
    """An allowed flow in addresses: every network of the source towards every network of the target."""
    return {
        "sources": _networks(site, flow.source),
        "targets": _networks(site, flow.target),
        "protocol": flow.protocol,
        "ports": list(flow.ports),
    }


def _service_flow(site: Site, system: System) -> Vars:
    """Who may use a system's moving address: the sources of the flows into its zone on one of its ports."""
    assert system.service is not None
    wanted = set(system.service.ports)
    flows = [flow for flow in site.flows if flow.target == system.zone and wanted & set(flow.ports)]
    return {
        "system": system.name,
        "address": str(addresses.service_address(system)),
        "ports": list(system.service.ports),
        "sources": sorted({network for flow in flows for network in _networks(site, flow.source)}),
    }


def _copies(site: Site) -> list[Vars]:
    """Systems whose real instances talk to each other across centres."""
    found: dict[str, Vars] = {}
    for instance in machine_instances(site):
        system = instance.system
        entry = found.setdefault(
            system.name, {"system": system.name, "software": system.software.value, "addresses": []}
        )
        entry["addresses"].append(str(instance.address))
    return [entry for entry in found.values() if len(entry["addresses"]) > 1]


def _networks(site: Site, name: str) -> list[str]:
    """The networks of a campus or of a zone, as far as their places stand."""
    places = {place.name: place for place in _places(site)}
    campus = places.get(name)
    if isinstance(campus, Campus):
        return [str(campus.lan)]
    zone = next((z for z in site.zones if z.name == name), None)
    return [str(network) for place, network in zone.networks.items() if place in places] if zone else []


def _replicate_from(peers: list[Instance], instance: Instance) -> str | None:
    """The asynchronous member copies from the synchronous one, so that the long line carries one stream."""
    if instance.copy is not CopyMode.ASYNC:
        return None
    return next((peer.name for peer in peers if peer.copy is CopyMode.SYNC), None)


def _centres(site: Site) -> list[Centre]:
    return [c for c in site.centres if site.lab is None or c.name in site.lab.centres]


def _campuses(site: Site) -> list[Campus]:
    return [c for c in site.campuses if site.lab is None or c.name in site.lab.campuses]


def _places(site: Site) -> list[Centre | Campus]:
    return [*_centres(site), *_campuses(site)]


def _place_group(site: Site, name: str) -> str:
    kind = "centre" if isinstance(addresses.place(site, name), Centre) else "campus"
    return f"{kind}_{name.replace('-', '_')}"


def _join(groups: dict[str, dict[str, Any]], group: str, host: str) -> None:
    groups.setdefault(group, {"hosts": []})["hosts"].append(host)
