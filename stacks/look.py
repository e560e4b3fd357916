"""Read one centre's cloud, changing nothing: plain data, the only way in which other rooms see OpenStack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from inventory.error import MedcloudError
from stacks.clouds import CloudAccess, connector

Plain = dict[str, Any]
_T = TypeVar("_T")

_ACTIONS_OF = 8
# Only these attributes leave this room: an audit's snapshot must not carry user data or console links.
_FIELDS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "projects": ("identity", "projects", ("id", "name", "is_enabled", "tags")),
    "users": ("identity", "users", ("id", "name", "is_enabled", "password_expires_at")),
    "endpoints": ("identity", "endpoints", ("interface", "url", "service_id", "region_id")),
    "services": ("identity", "services", ("id", "name", "type", "is_enabled")),
    "networks": (
        "network", "networks",
        ("id", "name", "project_id", "is_shared", "is_router_external", "is_port_security_enabled",
         "provider_network_type", "provider_segmentation_id", "mtu"),
    ),
    "subnets": ("network", "subnets", ("id", "name", "network_id", "project_id", "cidr", "is_dhcp_enabled")),
    "routers": (
        "network", "routers",
        ("id", "name", "project_id", "external_gateway_info", "is_admin_state_up", "routes"),
    ),
    "ports": (
        "network", "ports",
        ("id", "name", "project_id", "network_id", "device_owner", "device_id", "security_group_ids",
         "is_port_security_enabled", "fixed_ips"),
    ),
    "security_groups": ("network", "security_groups", ("id", "name", "project_id", "stateful")),
    "security_group_rules": (
        "network", "security_group_rules",
        ("id", "security_group_id", "project_id", "direction", "ether_type", "protocol", "port_range_min",
         "port_range_max", "remote_ip_prefix", "remote_group_id"),
    ),
    "rbac_policies": (
        "network", "rbac_policies", ("object_type", "object_id", "action", "target_project_id", "project_id"),
    ),
    "floating_ips": ("network", "ips", ("floating_ip_address", "fixed_ip_address", "project_id", "port_id")),
    "extensions": ("network", "extensions", ("alias", "name")),
    "images": (
        "image", "images",
        ("id", "name", "visibility", "owner_id", "status", "hash_algo", "hash_value", "checksum", "disk_format",
         "properties"),
    ),
    "snapshots": ("block_storage", "snapshots", ("id", "name", "status", "volume_id", "size")),
    "volume_types": ("block_storage", "types", ("id", "name", "is_public", "extra_specs")),
}  # fmt: skip


def look(access: CloudAccess) -> Plain:
    """Hypervisors with what Placement counts on them, servers and volumes; MedcloudError when the cloud is silent.

    Sizes are MiB and GiB as OpenStack counts; a hypervisor's `type` is its driver (`fake` for counted hosts).
    """
    return guarded(access, lambda cloud: {
        "hypervisors": _hypervisors(cloud),
        "servers": [_server(server) for server in cloud.compute.servers(details=True, all_projects=True)],
        "volumes": [_volume(volume) for volume in cloud.block_storage.volumes(details=True, all_projects=True)],
    })  # fmt: skip


def evidence(access: CloudAccess) -> Plain:
    """Everything an audit judges of a cloud: `look` and projects, users, roles, networks, rules, images, types.

    A listing that the cloud refuses is under `unread` with its reason, the others are kept.
    """
    return guarded(access, _evidence)


def _evidence(cloud: Any) -> Plain:
    found: Plain = {"unread": {}}
    for name, (service, listing, fields) in _FIELDS.items():
        _keep(found, name, partial(_listed, cloud, service, listing, fields))
    _keep(found, "hypervisors", lambda: _hypervisors(cloud))
    _keep(found, "servers", lambda: [_server(s) for s in cloud.compute.servers(details=True, all_projects=True)])
    _keep(found, "volumes", lambda: [
        _volume(v) for v in cloud.block_storage.volumes(details=True, all_projects=True)])  # fmt: skip
    _keep(found, "instance_actions", lambda: _instance_actions(cloud))
    _keep(found, "role_assignments", lambda: _role_assignments(cloud))
    return found


def _keep(found: Plain, name: str, read: Callable[[], Any]) -> None:
    from openstack.exceptions import SDKException

    try:
        found[name] = read()
    except SDKException as error:
        found["unread"][name] = str(error)


def guarded(access: CloudAccess, read: Callable[[Any], _T]) -> _T:
    """`read` on a connection; every error of the SDK and the network becomes a MedcloudError."""
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import SDKException

    try:
        return read(connector(access)(None))
    except (SDKException, ClientException, OSError) as error:
        raise MedcloudError(f"cloud at {access.auth_url}: {_short(error)}", "is the centre's node up?") from error


def _short(error: Exception) -> str:
    """The SDK's message without the HTTP library's whole story behind it."""
    return str(error).partition(": HTTP")[0][:200]


def _listed(cloud: Any, service: str, listing: str, fields: tuple[str, ...]) -> list[Plain]:
    things = getattr(getattr(cloud, service), listing)()
    return [{field: getattr(thing, field, None) for field in fields} for thing in things]


def _hypervisors(cloud: Any) -> list[Plain]:
    """Since compute API 2.88 sizes and use are Placement's alone; the driver's type is still Nova's."""
    types = {h.name: h for h in cloud.compute.hypervisors(details=True)}
    found = []
    for provider in cloud.placement.resource_providers():
        hypervisor = types.get(provider.name)
        if hypervisor is None:
            continue
        inventory = _placement(cloud, provider.id, "inventories")
        usage = _placement(cloud, provider.id, "usages")
        found.append({
            "name": provider.name,
            "type": hypervisor.hypervisor_type or "unknown",
            "state": hypervisor.state,
            "status": hypervisor.status,
            "vcpus": inventory.get("VCPU", {}).get("total", 0),
            "allocation_ratio": inventory.get("VCPU", {}).get("allocation_ratio", 1.0),
            "memory_mib": inventory.get("MEMORY_MB", {}).get("total", 0),
            "used_vcpus": usage.get("VCPU", 0),
            "used_memory_mib": usage.get("MEMORY_MB", 0),
        })  # fmt: skip
    return found


def _placement(cloud: Any, provider: str, what: str) -> Plain:
    answer = cloud.placement.get(f"/resource_providers/{provider}/{what}")
    if answer.status_code != 200:
        raise MedcloudError(f"placement {what} of {provider}: HTTP {answer.status_code}")
    found: Plain = answer.json()[what]
    return found


def _server(server: Any) -> Plain:
    return {
        "id": server.id,
        "name": server.name,
        "project": server.project_id,
        "status": server.status,
        "host": server.hypervisor_hostname,
        "vcpus": server.flavor.vcpus,
        "memory_mib": server.flavor.ram,
        "image": (server.image or {}).get("id"),
        "addresses": sorted(
            port["addr"] for ports in (server.addresses or {}).values() for port in ports if "addr" in port
        ),
    }


def _volume(volume: Any) -> Plain:
    return {
        "id": volume.id,
        "name": volume.name,
        "size_gib": volume.size,
        "status": volume.status,
        "type": volume.volume_type,
        "encrypted": bool(volume.is_encrypted),
        "host": volume.host,
        "zone": volume.availability_zone,
    }


def _instance_actions(cloud: Any) -> list[Plain]:
    """The last actions of a few instances: enough to see whether they say who and when."""
    servers = list(cloud.compute.servers(details=False, all_projects=True, limit=_ACTIONS_OF, paginated=False))
    return [
        {"server": server.name, "action": action.action, "user_id": action.user_id, "start_time": action.start_time}
        for server in servers
        for action in cloud.compute.server_actions(server)
    ]


def _role_assignments(cloud: Any) -> list[Plain]:
    found = []
    for assignment in cloud.identity.role_assignments(include_names=True):
        scope, user = assignment.scope or {}, assignment.user or {}
        found.append({
            "user": user.get("name"),
            "role": (assignment.role or {}).get("name"),
            "project": (scope.get("project") or {}).get("name"),
            "system": bool(scope.get("system")),
        })  # fmt: skip
    return found
