"""Take the lease: a majority of etcd lets the target serve the system, once the source is proved silent."""

from __future__ import annotations

from dr.context import Context, Evidence
from dr.lease import take
from inventory.model import Part


class Params(Part):
    system: str
    source: str
    target: str


def preflight(context: Context, params: Params) -> None:
    """A majority of etcd answers: without it nobody could be allowed to serve, so nothing is begun."""
    context.leases.grant(params.system)


def check(context: Context, params: Params) -> None:
    """A majority of etcd still answers."""
    preflight(context, params)


def run(context: Context, params: Params) -> Evidence:
    """Give the lease to nobody, prove the source silent, give it to the target, tell the gateways its token."""
    return take(context, params.system, params.source, params.target)


def undo(context: Context, params: Params) -> Evidence:
    """Let the source serve again, if the target still has the lease."""
    grant = context.leases.grant(params.system)
    if grant is None or grant.centre == params.source:
        return {"holder": params.source if grant else None}
    return take(context, params.system, params.target, params.source)
