"""Begin to sample a database's protection on its own members, twice a second, whatever becomes of the orchestrator."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from inventory.model import Part


class Params(Part):
    system: str
    patience: float = 30.0


def check(context: Context, params: Params) -> None:
    """The database is protected now: somebody leads and a copy is synchronous."""

    def protected() -> bool:
        lease = context.database(params.system).lease()
        return lease is not None and bool(lease.synchronous)

    wait_until(context.clock, f"{params.system} to be protected", protected, params.patience)


def run(context: Context, params: Params) -> Evidence:
    """Start the samplers and wait for the first samples of the leader."""
    watch = context.watch(params.system)
    watch.start(context.run_id)

    def begun() -> int | None:
        samples = watch.samples(context.run_id)
        return len(samples) if any(sample.leads for sample in samples) else None

    return {"samples": wait_until(context.clock, "the first samples", begun, params.patience)}


def undo(context: Context, params: Params) -> Evidence:
    """Stop the samplers."""
    context.watch(params.system).stop(context.run_id)
    return {}
