"""The addresses of a network."""

from __future__ import annotations

from stacks.spec import Field, Inputs, Spec, Thing, View


def _read(view: View, subnet: Thing) -> Inputs:
    pools = subnet.allocation_pools or []
    return {"allocation_pools": [{"start": pool["start"], "end": pool["end"]} for pool in pools]}


SPEC = Spec(
    kind="subnet",
    service="network",
    noun="subnet",
    plural="subnets",
    query=("project_id",),
    fields={
        "name": Field(replace=True),
        "project_id": Field(replace=True),
        "network_id": Field(replace=True),
        "cidr": Field(replace=True),
        "ip_version": Field(int, replace=True, required=False, default=4),
        "gateway": Field(attr="gateway_ip"),
        "dhcp": Field(bool, attr="is_dhcp_enabled", required=False, default=True),
        "allocation_pools": Field(list, unordered=True),
    },
    read=_read,
)
