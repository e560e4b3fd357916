"""Measure by the ledger: how long the ward waited (RTO), what it was promised and is missing (RPO), what is doubled."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

from dr import checker, rowbook
from dr.context import Context, Evidence
from dr.ledger import judge
from dr.ledger.judge import Ack, Ledger
from inventory.error import MedcloudError
from inventory.model import Part
from inventory.placement import machine_instances


class Params(Part):
    """`phase` is `before-healing` or `after-healing`: an old leader that comes back must not take anything away.
    `holder`: the centre whose archive the wards use, by default the plan's target. `late`: the ledger began after the
    outage, so that it knows when the ward was served again and nothing of how long it was not."""

    system: str
    phase: str
    images: str | None = None
    holder: str | None = None
    late: bool = False


def check(context: Context, params: Params) -> None:
    """Somebody leads, so that the rows can be read."""
    if context.database(params.system).lease() is None:
        raise MedcloudError(f"{params.system} has no leader")


def run(context: Context, params: Params) -> Evidence:
    """Fetch the ledger, then the rows, and compare; the ledger's copy stays in the run's folder."""
    text = context.ward.ledger(context.run_id)
    (context.folder / "ledger.jsonl").write_text(text[: text.rfind("\n") + 1], encoding="utf-8")
    ledger = judge.parse(text)
    master = _one_master(context, params.system, ledger)
    found: dict[str, Any] = {
        "phase": params.phase,
        "errors_seen_by_the_ward": ledger.errors,
        params.system: _database(context, params, ledger),
        "one_master": master,
    }
    if master["violations"]:
        found["verdict"] = "missed"
    if params.images is not None:
        found[params.images] = _images(context, params, params.images, ledger)
    return found


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}


def _database(context: Context, params: Params, ledger: Ledger) -> Evidence:
    rows = context.database(params.system).rows(context.run_id)
    lost, doubled = judge.missing(ledger, rows), judge.doubled_chains(rows)
    return _silence(ledger.chains, params.late) | {
        "acknowledged_chains": len(ledger.chains),
        "acknowledged_rows": len(judge.acknowledged(ledger)),
        "acknowledged_by": _servers(ledger),
        "answers_lost": sum(row.present for row in ledger.rows),
        "messages": {what: sum(row.of == what for row in ledger.rows) for what in judge.QUEUE},
        "missing_chains": list(judge.missing_chains(ledger.chains, rows)[:50]),
        "missing_rows": len(lost),
        "missing_seconds": round(judge.loss_seconds(lost.values(), _lost_at(ledger.chains)), 3),
        "doubled_chains": list(doubled[:50]),
        "doubled_rows": judge.surplus(rows),
        **rowbook.keep(context.folder, params.phase, rows),
    }


def _one_master(context: Context, system: str, ledger: Ledger) -> Evidence:
    """Whether two centres ever acknowledged at once; if so the drill has missed its first aim."""
    centres = {str(i.address): i.centre for i in machine_instances(context.site) if i.system.name == system}
    report = checker.check(ledger.rows, centres)
    return {"violations": list(report.violations), "reigns": [dataclasses.asdict(reign) for reign in report.reigns]}


def _servers(ledger: Ledger) -> list[str]:
    """Who acknowledged, in the order of their first word: server and timeline."""
    return list(dict.fromkeys(f"{row.server} on timeline {row.timeline}" for row in ledger.rows))


def _images(context: Context, params: Params, system: str, ledger: Ledger) -> Evidence:
    holder = params.holder or context.plan.target
    missing = judge.missing_images(ledger.images, context.imaging(system).stored(holder))
    lost = [ack.wall for ack in ledger.images if ack.uid in set(missing)]
    return _silence(ledger.images, params.late) | {
        "acknowledged_images": len(ledger.images),
        "archive": holder,
        "missing_images": list(missing[:50]),
        "missing_rows": len(missing),
        "missing_seconds": round(judge.loss_seconds(lost, _lost_at(ledger.images)), 3),
    }


def _lost_at(acks: tuple[Ack, ...]) -> float:
    """When acknowledgements stopped: what is missing is as old as it was then."""
    silence = judge.outage(acks)
    return silence.last_before if silence else 0.0


def _silence(acks: tuple[Ack, ...], late: bool) -> Evidence:
    silence = judge.outage(acks)
    if late:
        return {"rto_seconds": None, "first_after": _iso(min(ack.wall for ack in acks)) if acks else None}
    if silence is None:
        return {"rto_seconds": None}
    return {
        "rto_seconds": round(silence.seconds, 3),
        "last_before": _iso(silence.last_before),
        "first_after": _iso(silence.first_after),
    }


def _iso(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).isoformat()
