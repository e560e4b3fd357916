"""The Ansible inventory, printed from the site: groups and host variables, nothing typed twice.

Groups: `nodes`, `routers`, `edges`, `workstations`, `databases`, `pacs` and one `centre_<name>` or `campus_<name>` per
place (hyphens become underscores). Secrets are not in it; they come as extra variables (`inventory.secrets`).
"""

from __future__ import annotations

from typing import Any

from inventory import addresses
from inventory.machines import Kind, Machine, machines
from inventory.model import Campus, Centre, CopyMode, Flow, Link, Site, Software, System, Workload
from inventory.placement import Instance, Runs, instances

Vars = dict[str, Any]

_GROUP_OF_KIND = {
    Kind.NODE: "nodes",
    Kind.ROUTER: "routers",
    Kind.EDGE: "edges",
    Kind.WORKSTATION: "workstations",
}
_GROUP_OF_SOFTWARE = {Software.POSTGRESQL: "databases", Software.ORTHANC: "pacs"}


def ansible_inventory(site: Site) -> dict[str, Any]:
    """The whole inventory as Ansible's YAML structure: `all` with `vars`, `hosts` and `children`."""
    hosts: dict[str, Vars] = {}
    groups: dict[str, dict[str, Any]] = {}
    for machine in machines(site):
        hosts[machine.name] = machine_vars(site, machine)
        _join(groups, _GROUP_OF_KIND[machine.kind], machine.name)
        _join(groups, _place_group(site, machine.place), machine.name)
    for instance in machine_instances(site):
        hosts[instance.name] = instance_vars(site, instance)
        _join(groups, _GROUP_OF_SOFTWARE[instance.system.software], instance.name)
        _join(groups, _place_group(site, instance.centre), instance.name)
    children: dict[str, Any] = {
        name: {"hosts": {host: {} for host in members["hosts"]}} for name, members in sorted(groups.items())
    }
    return {"all": {"vars": site_vars(site), "hosts": hosts, "children": children}}


def machine_instances(site: Site) -> tuple[Instance, ...]:
    """Instances that are real machines and that our roles configure, in the centres the lab profile names."""
    return tuple(
        instance
        for centre in _centres(site)
        for instance in instances(site, centre.name)
        if instance.runs is Runs.MACHINE and instance.system.software in _GROUP_OF_SOFTWARE
    )


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
        "hosts_entries": [{"name": m.name, "address": str(m.management.ip)} for m in machines(site)],
        "in_lab": site.lab is not None,
    }


def machine_vars(site: Site, machine: Machine) -> Vars:
    """Variables of one bare machine."""
    place = addresses.place(site, machine.place)
    found: Vars = {
        "ansible_host": str(machine.management.ip),
        "place": machine.place,
        "machine_kind": machine.kind.value,
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
    }
    if machine.kind in (Kind.ROUTER, Kind.EDGE):
        found |= _router_vars(site, place, machine)
    elif machine.kind is Kind.NODE and isinstance(place, Centre):
        found |= _node_vars(site, place, machine)
    elif isinstance(place, Campus):
        found |= {
            "lan_address": str(machine.interfaces[1].address),
            "lan_gateway": str(addresses.lan_gateway(place).ip),
        }
    return found


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
        "service_ports": list(instance.system.service.ports) if instance.system.service else [],
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


def _router_vars(site: Site, place: Centre | Campus, machine: Machine) -> Vars:
    lines = {i.network for i in machine.interfaces}
    ends = [end for end in addresses.line_ends(site, place.name) if end.link.name in lines]
    found: Vars = {
        "asn": place.asn,
        "router_id": str(machine.management.ip),
        "lan_address": str(addresses.lan_gateway(place)),
        "lan_network": str(addresses.lan(place)),
        "lines": [
            {
                "name": end.link.name,
                "interface": end.interface,
                "address": str(end.address),
                "peer": str(end.peer),
                "peer_asn": end.peer_asn,
                "peer_place": end.peer_place,
                "carrier": end.link.carrier,
                "bandwidth_mbit": end.link.bandwidth_mbit,
                "bfd_interval_ms": end.link.bfd.interval_ms,
                "bfd_multiplier": end.link.bfd.multiplier,
                "preference": _preference(site, end.link),
            }
            for end in ends
        ],
        "services": _services(site, place.name),
    }
    if isinstance(place, Centre):
        found |= {
            "cloud_network": str(addresses.cloud(place)),
            "cloud_gateway": str(addresses.cloud_gateway(place)),
        }
    return found


def _node_vars(site: Site, centre: Centre, machine: Machine) -> Vars:
    start, end = addresses.floating_pool(centre)
    return {
        "tunnel_address": str(machine.interfaces[1].address),
        "cloud_name": centre.cloud,
        "region": centre.cloud,
        "provider_network": str(addresses.provider(centre)),
        "provider_gateway": str(addresses.lan_gateway(centre).ip),
        "cloud_gateway": str(addresses.cloud_gateway(centre)),
        "floating_pool": [str(start), str(end)],
        "cloud_counted_hosts": _counted_hosts(centre),
        "storage_pools": _storage_pools(centre),
        **_rehearsal_vars(site),
    }


def _storage_pools(centre: Centre) -> dict[str, int]:
    """Usable GB of every storage tier of the centre."""
    tiers = sorted({pool.tier for pool in centre.pools})
    return {tier: sum(pool.usable_gb for pool in centre.pools if pool.tier == tier) for tier in tiers}


def _rehearsal_vars(site: Site) -> Vars:
    """What a rehearsal lab relaxes on its nodes, said in one place: a hospital's own nodes keep the roles' defaults."""
    if site.lab is None:
        return {}
    return {
        "ovn_datapath": "netdev",  # userspace switching: a lab's kernel has no openvswitch module
        "openstack_control_password_hash_rounds": 4,
        "openstack_service_down_time": 600,  # one busy machine carries every node: late is not dead
        "mariadb_flush_log_at_trx_commit": 0,
        "mariadb_doublewrite": False,
        "rabbitmq_schedulers": 1,
    }


def _counted_hosts(centre: Centre) -> list[Vars]:
    """The declared hypervisors that the lab runs on Nova's fake driver, one per declared host."""
    disk = sum(pool.usable_gb for pool in centre.pools)
    return [
        {
            "name": f"{centre.name}-{group.name}-{number}",
            "vcpus": group.vcpus,
            "memory_mb": group.memory_gb * 1024,  # memory is built and sold in powers of two
            "disk_gb": disk,
            "workload": group.workload.value,
            "cpu_overcommit": centre.cpu_overcommit if group.workload is Workload.VIRTUAL else 1.0,
        }
        for group in centre.hosts
        for number in range(1, group.count + 1)
    ]


def _preference(site: Site, link: Link) -> int:
    """How much a line is preferred to others between the same places: each later carrier 10 less."""
    return 200 - 10 * [carrier.name for carrier in site.carriers].index(link.carrier)


def _services(site: Site, place: str) -> list[Vars]:
    found = []
    for system in site.systems:
        backends = [i for i in machine_instances(site) if i.system.name == system.name and i.centre == place]
        if system.service and backends:
            found.append(
                {
                    "system": system.name,
                    "software": system.software.value,
                    "address": str(addresses.service_address(system)),
                    "ports": list(system.service.ports),
                    "backends": [{"name": i.name, "address": str(i.address)} for i in backends],
                    "home": system.centre == place,
                }
            )
    return found


def _announcement(site: Site, place: Centre | Campus) -> Vars:
    """What a place's AS may announce; everything else is refused by its neighbours."""
    networks = [str(addresses.lan(place))]
    if isinstance(place, Centre):
        networks = [str(addresses.cloud(place))]
    return {
        "place": place.name,
        "asn": place.asn,
        "networks": networks,
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
