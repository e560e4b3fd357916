"""A Neutron network: a zone's own, or the provider network that reaches the centre's router."""

from __future__ import annotations

from stacks.spec import Field, Spec

SPEC = Spec(
    kind="network",
    service="network",
    noun="network",
    plural="networks",
    query=("project_id",),
    fields={
        "name": Field(replace=True),
        "project_id": Field(replace=True),
        "external": Field(bool, attr="is_router_external", replace=True, required=False, default=False),
        "network_type": Field(attr="provider_network_type", replace=True, required=False, write_only=True),
        "physical_network": Field(attr="provider_physical_network", replace=True, required=False),
    },
)
