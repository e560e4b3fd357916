"""An address of the provider network that leads to one server's port. Its description holds its name."""

from __future__ import annotations

from stacks.provider_network import provider_network
from stacks.spec import Field, Inputs, Spec, Thing, View


def _create(view: View, inputs: Inputs) -> Thing:
    network = provider_network(view, inputs["network"])
    return view.conn.network.create_ip(
        floating_network_id=network.id,
        port_id=inputs["port_id"],
        project_id=inputs["project_id"],
        description=f"medcloud:site={view.owner} {inputs['name']}",
    )


def _name(address: Thing) -> str:
    return str(address.description or "").partition(" ")[2]


def _read(view: View, address: Thing) -> Inputs:
    network = view.listing("network", "networks").get(address.floating_network_id)
    return {"name": _name(address), "network": network.name if network else None}


SPEC = Spec(
    kind="floating_ip",
    service="network",
    noun="ip",
    plural="ips",
    query=("project_id",),
    fields={
        "name": Field(replace=True),
        "project_id": Field(replace=True),
        "network": Field(replace=True),
        "port_id": Field(),
    },
    create=_create,
    read=_read,
    name_of=_name,
    outputs={"address": lambda view, address: address.floating_ip_address},
)
