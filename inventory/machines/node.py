"""A centre's private-cloud node: control, compute, storage."""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import Any

from inventory import addresses
from inventory.machine import Interface, Machine, Wire
from inventory.model import Campus, Centre, Site, Workload

GROUP = "nodes"
_HOST = 10  # the first node is host 11 of its networks
_DISK_GB = 20  # images, volumes and the instances' disks, all sparse


def stand(site: Site, place: Centre | Campus) -> tuple[Machine, ...]:
    """One node a centre."""
    return (_node(place, 1),) if isinstance(place, Centre) else ()


def _node(centre: Centre, number: int) -> Machine:
    tunnel = IPv4Interface(f"{addresses.tunnel(centre)[_HOST + number]}/24")
    interfaces = (
        addresses.management_interface(centre, _HOST + number),
        Interface("eth1", Wire.TUNNEL, f"{centre.name}-tun", tunnel),
        Interface("eth2", Wire.LAN, f"{centre.name}-lan", None),  # a port of br-ex
    )
    return Machine(f"{centre.name}-node-{number}", "node", centre.name, number, interfaces, disk_gb=_DISK_GB)


def variables(site: Site, machine: Machine) -> dict[str, Any]:
    """The cloud it carries: networks, storage, the declared hosts, what a rehearsal relaxes."""
    centre = site.centre(machine.place)
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


def _rehearsal_vars(site: Site) -> dict[str, Any]:
    """What a rehearsal lab relaxes on its nodes, said in one place: a hospital's own nodes keep the roles' defaults."""
    if site.lab is None:
        return {}
    return {
        "ovn_datapath": "netdev",  # userspace switching: a lab's kernel has no openvswitch module
        "openstack_control_password_hash_rounds": 4,
        "openstack_service_down_time": 600,  # one busy machine carries every node: late is not dead
        "rabbitmq_schedulers": 1,
    }


def _counted_hosts(centre: Centre) -> list[dict[str, Any]]:
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
