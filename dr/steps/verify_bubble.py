"""Prove that the copy in the bubble is whole and works, and that nothing gets out of it.

Whole: it has every acknowledged record of before the copy was made; a copy that follows later may lack what is younger
than the declared RPO, and that is told. Works: new records are written and read back.
Nothing gets out: no route, no answer from production, and production has none of the new records.
"""

from __future__ import annotations

from dr.context import Context, Evidence
from dr.ledger import judge
from dr.result import Verdict
from inventory.hosts import machine_instances
from inventory.model import Part, Software

AWAITS = ("make-bubble",)


class Params(Part):
    """`source`: the centre that serves meanwhile."""

    system: str
    centre: str
    source: str


def check(context: Context, params: Params) -> None:
    """The bubble stands."""
    context.bubble(params.system).isolation(params.centre, context.run_id, ())


def run(context: Context, params: Params) -> Evidence:
    """Look from inside, compare with the ward's book, write inside, look outside."""
    bubble = context.bubble(params.system)
    outside = tuple(str(i.address) for i in machine_instances(context.site) if i.centre != params.centre)
    isolation = bubble.isolation(params.centre, context.run_id, outside)
    made, rpo = bubble.made_at(params.centre, context.run_id), context.site.system(params.system).rpo.total_seconds()
    wanted, held = (
        _acknowledged(context, params.system, made),
        bubble.holds(params.centre, context.run_id, context.run_id),
    )
    lacking, lost = wanted - held, _acknowledged(context, params.system, made - rpo) - held
    written = bubble.write(params.centre, context.run_id)
    leaked = written & _outside(context, params)
    well = isolation.complete and not lost and not leaked and bool(written)
    return {
        "interfaces": list(isolation.interfaces),
        "routes": isolation.routes,
        "tried": list(outside),
        "reached": list(isolation.reached),
        "acknowledged_before_the_copy": len(wanted),
        "missing_in_the_copy": len(lacking),
        "of_which_older_than_the_declared_rpo": len(lost),
        "written_and_read_back": len(written),
        "leaked_to_production": len(leaked),
        "verdict": Verdict.MET if well else Verdict.MISSED,
    }


def undo(context: Context, params: Params) -> Evidence:
    """What was written lies in the bubble and goes with it."""
    return {}


def _acknowledged(context: Context, system: str, before: float) -> frozenset[str]:
    """Records that the ward had been promised by then: chain numbers or image UIDs."""
    ledger = judge.parse(context.ward.ledger(context.run_id))
    if context.site.system(system).software is Software.ORTHANC:
        return frozenset(ack.uid for ack in ledger.images if ack.wall < before)
    return frozenset(str(ack.number) for ack in ledger.chains if ack.wall < before)


def _outside(context: Context, params: Params) -> frozenset[str]:
    """What production holds of the records that were written in the bubble."""
    if context.site.system(params.system).software is Software.ORTHANC:
        return context.imaging(params.system).stored(params.source)
    rows = context.database(params.system).rows(f"bubble-{context.run_id}")
    return frozenset(str(chain) for chain in rows)
