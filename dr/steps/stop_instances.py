"""Stop a system's instances in a centre by OpenStack: what serves elsewhere now stays cold here."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from inventory.model import Part
from inventory.placement import instances


class Params(Part):
    system: str
    centre: str
    patience: float = 120.0


def check(context: Context, params: Params) -> None:
    """The cloud answers."""
    context.cloud(params.centre).servers()


def run(context: Context, params: Params) -> Evidence:
    """Stop what runs and wait until the cloud says that it is off."""
    cloud, wanted = context.cloud(params.centre), _names(context, params)
    on = tuple(name for name, power in cloud.servers().items() if name in wanted and power.status == "ACTIVE")
    cloud.stop(on)

    def all_off() -> bool:
        servers = cloud.servers()
        return all(servers[name].status != "ACTIVE" for name in wanted if name in servers)

    wait_until(context.clock, f"{params.system} in {params.centre} to be off", all_off, params.patience, every=0.5)
    return {"stopped": sorted(on)}


def undo(context: Context, params: Params) -> Evidence:
    """Start them again."""
    wanted = _names(context, params)
    context.cloud(params.centre).start(wanted)
    return {"started": list(wanted)}


def _names(context: Context, params: Params) -> tuple[str, ...]:
    return tuple(i.name for i in instances(context.site, params.centre) if i.system.name == params.system)
