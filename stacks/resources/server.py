"""A server with one port of its own at a declared address.

Its metadata says honestly what it is: `medcloud:runs=machine` boots, `counted` is only placed (Nova's fake driver).
"""

from __future__ import annotations

from typing import Any

from stacks.spec import ADOPTION, Field, Inputs, Mark, Spec, Thing, View

SIGN = "medcloud:site"
HEALTHY = "healthy"


def _create(view: View, inputs: Inputs) -> Thing:
    port = _port(view, inputs)
    hints = {"group": inputs["server_group_id"]} if inputs.get("server_group_id") else {}
    return view.conn.compute.create_server(
        name=inputs["name"],
        image_id=inputs["image_id"],
        flavor_id=inputs["flavor"],
        key_name=inputs["key_name"],
        networks=[{"port": port.id}],
        metadata={**inputs["metadata"], SIGN: view.owner},
        scheduler_hints=hints,
    )


def _port(view: View, inputs: Inputs) -> Thing:
    """The server's port, made now or left over from an interrupted create."""
    ports = view.listing("network", "ports", ADOPTION, network_id=inputs["network_id"]).values()
    left = next((port for port in ports if port.name == inputs["name"]), None)
    if left is not None and left.fixed_ips[0]["ip_address"] == inputs["address"]:
        return left
    if left is not None:
        view.conn.network.delete_port(left.id, ignore_missing=True)
        view.drop("network", "ports", left.id)
    return view.conn.network.create_port(
        name=inputs["name"],
        network_id=inputs["network_id"],
        project_id=inputs["project_id"],
        fixed_ips=[{"subnet_id": inputs["subnet_id"], "ip_address": inputs["address"]}],
        security_groups=list(inputs["security_group_ids"]),
        description=f"{SIGN}={view.owner}",
    )


def _own_port(view: View, server: Thing) -> Thing | None:
    """By one listing of the project's ports; asked alone when the listing is older than the server."""
    ports = view.listing("network", "ports", ADOPTION, project_id=server.project_id).values()
    found = next((port for port in ports if port.device_id == server.id), None)
    return found or next(iter(view.conn.network.ports(device_id=server.id)), None)


def _read(view: View, server: Thing) -> Inputs:
    port = _own_port(view, server)
    fixed: dict[str, Any] = port.fixed_ips[0] if port is not None and port.fixed_ips else {}
    metadata = {key: value for key, value in (server.metadata or {}).items() if key != SIGN}
    return {
        "flavor": server.flavor.original_name or server.flavor.id,
        "image_id": getattr(server.image, "id", None),
        "address": fixed.get("ip_address"),
        "subnet_id": fixed.get("subnet_id"),
        "network_id": port.network_id if port is not None else None,
        "security_group_ids": port.security_group_ids if port is not None else [],
        "metadata": metadata,
        "health": "error" if server.status == "ERROR" else HEALTHY,
    }


def _update(view: View, server: Thing, state: Inputs, wish: Inputs) -> None:
    port = _own_port(view, server)
    if port is not None and set(port.security_group_ids or []) != set(wish["security_group_ids"]):
        view.conn.network.update_port(port.id, security_groups=list(wish["security_group_ids"]))
        view.drop("network", "ports", port.id)
    if state["metadata"] != wish["metadata"]:
        view.conn.compute.set_server_metadata(server.id, **wish["metadata"])
        surplus = set(state["metadata"]) - set(wish["metadata"])
        if surplus:
            view.conn.compute.delete_server_metadata(server.id, keys=sorted(surplus))


def _delete(view: View, server_id: str, state: Inputs) -> None:
    view.conn.compute.delete_server(server_id, ignore_missing=True)


def _cleanup(view: View, state: Inputs) -> None:
    """Nova leaves a port that it did not make."""
    network = view.conn.network
    for port in list(network.ports(network_id=state["network_id"], name=state["name"])):
        network.delete_port(port.id, ignore_missing=True)
        view.drop("network", "ports", port.id)


def _fault(server: Thing) -> str:
    return str((server.fault or {}).get("message", ""))


SPEC = Spec(
    kind="server",
    service="compute",
    noun="server",
    plural="servers",
    mark=Mark.METADATA,
    busy=frozenset({"BUILD"}),
    busy_query={"status": "BUILD", "details": False},
    failed=frozenset({"ERROR"}),
    fields={
        "name": Field(replace=True),
        "project_id": Field(replace=True),
        "image_id": Field(replace=True),
        "flavor": Field(replace=True),
        "key_name": Field(replace=True),
        "network_id": Field(replace=True),
        "subnet_id": Field(replace=True),
        "address": Field(replace=True),
        "security_group_ids": Field(list, unordered=True),
        "server_group_id": Field(replace=True, required=False, write_only=True),
        "metadata": Field(dict, required=False, default={}),
        "health": Field(replace=True, required=False, default=HEALTHY),
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    cleanup=_cleanup,
    fault=_fault,
    outputs={"port_id": lambda view, server: getattr(_own_port(view, server), "id", None)},
)
