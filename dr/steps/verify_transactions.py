"""Prove that the hospital works on the target side: new transactions and an image acknowledged to the ward."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from dr.ledger import judge
from dr.ledger.judge import Ledger
from inventory.error import MedcloudError
from inventory.model import Part

AWAITS = ("start-ledger",)  # steps that bring about what the check asks for


class Params(Part):
    """`chains` and `new_images` must be acknowledged after the step began, by a database server in the target
    where the database is one of the systems that move."""

    system: str
    target: str
    images: str | None = None
    chains: int = 20
    new_images: int = 1
    patience: float = 60.0


def check(context: Context, params: Params) -> None:
    """The writer is at work."""
    if not context.ward.running(context.run_id):
        raise MedcloudError("the ledger writer does not run on the ward", "look at its unit, start it, then resume")


def run(context: Context, params: Params) -> Evidence:
    """Wait for new acknowledgements."""
    before = _read(context)
    images = params.new_images if params.images is not None else 0

    def enough() -> Ledger | None:
        now = _read(context)
        chains, stored = len(now.chains) - len(before.chains), len(now.images) - len(before.images)
        return now if chains >= params.chains and stored >= images else None

    after = wait_until(context.clock, "new transactions acknowledged to the ward", enough, params.patience)
    server = after.servers[-1][1]
    if params.system in context.plan.moved:
        _in_target(context, params, server)
    return {
        "server": server,
        "new_chains": len(after.chains) - len(before.chains),
        "new_images": len(after.images) - len(before.images),
    }


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}


def _read(context: Context) -> Ledger:
    return judge.parse(context.ward.ledger(context.run_id))


def _in_target(context: Context, params: Params, server: str) -> None:
    database = context.database(params.system)
    member = database.member_of(params.target)
    host = next((m.host for m in database.members() if m.name == member), None)
    if host != server:
        raise MedcloudError(f"the ward is served by {server}, not by {member} ({host})")
