"""A router between a centre's zones and its provider network: fixed outside address, no NAT, every subnet attached."""

from __future__ import annotations

from typing import Any

from stacks.provider_network import provider_network
from stacks.spec import Field, Inputs, Spec, Thing, View

INTERFACES = frozenset(
    {"network:router_interface", "network:ha_router_replicated_interface", "network:router_interface_distributed"}
)


def _gateway(view: View, inputs: Inputs) -> dict[str, Any]:
    network = provider_network(view, inputs["external_network"])
    outside = {"subnet_id": network.subnet_ids[0], "ip_address": inputs["external_address"]}
    return {"network_id": network.id, "enable_snat": bool(inputs.get("snat", False)), "external_fixed_ips": [outside]}


def _create(view: View, inputs: Inputs) -> Thing:
    return view.conn.network.create_router(
        name=inputs["name"],
        project_id=inputs["project_id"],
        description=f"medcloud:site={view.owner}",
        external_gateway_info=_gateway(view, inputs),
    )


def _settle(view: View, router: Thing, inputs: Inputs) -> None:
    """Attach and detach until exactly the wanted subnets are there; routes last, they need the subnets."""
    network = view.conn.network
    attached, wanted = set(_attached(view, router.id)), set(inputs["subnet_ids"])
    for subnet_id in sorted(wanted - attached):
        network.add_interface_to_router(router.id, subnet=subnet_id)
    for subnet_id in sorted(attached - wanted):
        network.remove_interface_from_router(router.id, subnet=subnet_id)
    if inputs.get("routes") or router.routes:
        network.update_router(router.id, routes=inputs.get("routes") or [])


def _attached(view: View, router_id: str) -> list[str]:
    ports = [port for port in view.conn.network.ports(device_id=router_id) if port.device_owner in INTERFACES]
    return [fixed["subnet_id"] for port in ports for fixed in port.fixed_ips]


def _read(view: View, router: Thing) -> Inputs:
    gateway = router.external_gateway_info or {}
    outside: dict[str, Any] = next(iter(gateway.get("external_fixed_ips") or []), {})
    network = view.listing("network", "networks").get(gateway.get("network_id", ""))
    return {
        "external_network": network.name if network else None,
        "external_address": outside.get("ip_address"),
        "snat": gateway.get("enable_snat", True),
        "subnet_ids": _attached(view, router.id),
        "routes": router.routes or [],
    }


def _update(view: View, router: Thing, state: Inputs, wish: Inputs) -> None:
    view.conn.network.update_router(router.id, external_gateway_info=_gateway(view, wish))
    _settle(view, router, wish)


def _delete(view: View, router_id: str, state: Inputs) -> None:
    network = view.conn.network
    network.get_router(router_id)  # 404 here means that it is gone
    network.update_router(router_id, routes=[])
    for subnet_id in _attached(view, router_id):
        network.remove_interface_from_router(router_id, subnet=subnet_id)
    network.delete_router(router_id, ignore_missing=True)


SPEC = Spec(
    kind="router",
    service="network",
    noun="router",
    plural="routers",
    query=("project_id",),
    fields={
        "name": Field(replace=True),
        "project_id": Field(replace=True),
        "external_network": Field(),
        "external_address": Field(),
        "snat": Field(bool, required=False, default=False),
        "subnet_ids": Field(list, unordered=True),
        "routes": Field(list, unordered=True, required=False, default=[]),
    },
    create=_create,
    settle=_settle,
    read=_read,
    update=_update,
    delete=_delete,
)
