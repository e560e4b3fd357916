"""Start a system's cold instances in a centre by OpenStack and wait until the cloud says that they run."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from inventory.error import MedcloudError
from inventory.model import Part
from inventory.placement import instances


class Params(Part):
    system: str
    centre: str
    patience: float = 120.0


def check(context: Context, params: Params) -> None:
    """Each has its place there, on a host that is up."""
    servers = context.cloud(params.centre).servers()
    lacking = [name for name in _names(context, params) if name not in servers or not servers[name].host_up]
    if lacking:
        raise MedcloudError(f"{params.centre} cannot start {', '.join(lacking)}: not there, or its host is down")


def run(context: Context, params: Params) -> Evidence:
    """Start what is off; those that run already are left alone."""
    cloud, wanted = context.cloud(params.centre), _names(context, params)
    off = tuple(name for name, power in cloud.servers().items() if name in wanted and power.status != "ACTIVE")
    cloud.start(off)

    def run_all() -> bool:
        servers = cloud.servers()
        return all(servers[name].status == "ACTIVE" for name in wanted)

    wait_until(context.clock, f"{params.system} in {params.centre} to run", run_all, params.patience, every=0.5)
    return {"running": list(wanted), "started": sorted(off)}


def undo(context: Context, params: Params) -> Evidence:
    """Cold again."""
    wanted = _names(context, params)
    context.cloud(params.centre).stop(wanted)
    return {"stopped": list(wanted)}


def _names(context: Context, params: Params) -> tuple[str, ...]:
    """The system's instances in that centre."""
    return tuple(i.name for i in instances(context.site, params.centre) if i.system.name == params.system)
