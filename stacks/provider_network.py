"""The network between a centre's cloud and its router. It belongs to the cloud: the cloud's roles make it."""

from __future__ import annotations

from inventory.error import MedcloudError
from stacks.spec import Thing, View

PROVIDER_NETWORK = "provider"


def provider_network(view: View, name: str) -> Thing:
    """The external network of that name with its subnet. Raises MedcloudError when it is not there."""
    found = [
        network
        for network in view.listing("network", "networks").values()
        if network.name == name and network.is_router_external and network.subnet_ids
    ]
    if not found:
        raise MedcloudError(
            f"the cloud has no provider network {name!r} with a subnet",
            "the cloud's own roles make it: run `medcloud apply`",
        )
    return found[0]
