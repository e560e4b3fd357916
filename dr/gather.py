"""Evidence of the state of things when a run is held: what a person needs before deciding."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from dr.context import Context, Evidence
from inventory.addresses import service_address
from inventory.model import Software


def gather(context: Context) -> Evidence:
    """Database members and leases, service addresses, fences and the ledger; what cannot be read says so."""
    network = context.network
    found: Evidence = {"ledger_running": _try(context.ward.running, context.run_id)}
    for name in context.plan.moved:
        found[name] = _addresses(context, name)
        if context.site.system(name).software is Software.POSTGRESQL:
            found[name] |= {"members": _try(_members, context, name), "leader_key": _try(_holder, context, name)}
    found["fences"] = {place: _try(_fence, context, place) for place in network.routers()}
    return found


def _addresses(context: Context, name: str) -> Evidence:
    address = str(service_address(context.site.system(name)))
    present = [centre.name for centre in context.site.centres if centre.name in context.network.routers()]
    return {"address": address, "held_by": {place: _try(context.network.holds, place, address) for place in present}}


def _members(context: Context, name: str) -> list[Evidence]:
    return [dataclasses.asdict(member) for member in context.database(name).members()]


def _holder(context: Context, name: str) -> str | None:
    lease = context.database(name).lease()
    return lease.holder if lease else None


def _fence(context: Context, place: str) -> Evidence:
    return dataclasses.asdict(context.network.fence_of(place, context.plan.source))


def _try(look: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return look(*arguments)
    except Exception as error:  # evidence is gathered because something is broken: it must never break the hold
        return f"not readable: {error}"
