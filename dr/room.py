"""Whether a centre has room for what a drill brings there: every instance in its place, on a host that is up."""

from __future__ import annotations

from collections.abc import Sequence

from dr.context import Context
from dr.world import Power
from inventory.error import MedcloudError
from inventory.placement import instances


def require_room(context: Context, target: str, systems: Sequence[str], started: Sequence[str] = ()) -> None:
    """Raise MedcloudError unless every instance that is to serve at the target has its place there: on a host that is
    up, and running if it is one of the services (`systems`); `started` are cold ones."""
    servers = context.cloud(target).servers()
    wanted = [i for i in instances(context.site, target) if i.system.name in (*systems, *started)]
    trouble = [f"{i.name} {lack}" for i in wanted if (lack := _lack(servers.get(i.name), i.system.name in systems))]
    if trouble:
        raise MedcloudError(
            f"{target} has no capacity for this drill: {'; '.join(trouble)}",
            f"repair it there first: medcloud plan {context.site.name}",
        )


def _lack(power: Power | None, serves: bool) -> str:
    if power is None:
        return "is not there"
    if not power.host_up:
        return "lies on a host that is down"
    if serves and power.status != "ACTIVE":
        return f"is {power.status}"
    return "is broken (ERROR)" if power.status == "ERROR" else ""
