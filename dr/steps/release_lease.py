"""Give the lease up: nobody may serve the system until it is taken again, by this run or another."""

from __future__ import annotations

from dr.context import Context, Evidence
from dr.lease import release, take
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    """`holder` is the centre that serves now."""

    system: str
    holder: str


def preflight(context: Context, params: Params) -> None:
    """A majority of etcd answers."""
    context.leases.grant(params.system)


def check(context: Context, params: Params) -> None:
    """The holder has the lease, or nobody has."""
    grant = context.leases.grant(params.system)
    if grant is not None and grant.centre not in (params.holder, None):
        raise MedcloudError(f"{grant.centre} may serve {params.system}, not {params.holder}", "look who serves it now")


def run(context: Context, params: Params) -> Evidence:
    """Let nobody serve, and prove that the holder is silent."""
    return release(context, params.system, params.holder)


def undo(context: Context, params: Params) -> Evidence:
    """Let the holder serve again."""
    return take(context, params.system, params.holder, params.holder)
