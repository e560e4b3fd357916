"""A finished run on disk as the engine leaves it, made without an engine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dr import rowbook, runs
from dr.journal import Journal
from dr.ledger.judge import KINDS
from dr.plan import Plan
from dr.planner import standard
from dr.result import judge_run
from dr.runs import Run
from inventory.model import Site

LEDGER = '{"kind": "chain", "n": 1, "wall": 1.0, "mono": 1.0}\n{"kind": "chain", "n": 2, "wall": 7.0, "mono": 7.0}\n'
ROWS = {chain: dict.fromkeys(KINDS, 1) for chain in range(1, 11)}


def finished(
    drills: Path,
    site: Site,
    run_id: str = "run-1",
    rto: float | None = 6.0,
    missing: int = 0,
    plan: Plan | None = None,
) -> Run:
    """Every step of the plan done; the measures say this RTO and so many rows missing for every moved system."""
    plan = plan or standard(site, "same-city-failover")
    folder = runs.create(drills, run_id, site, plan)
    journal = Journal(folder / "journal.jsonl")
    seen = {"rto_seconds": rto, "acknowledged_rows": 40, "missing_rows": missing, "missing_seconds": 2.0 * missing}
    for call in plan.steps:
        journal.append(f"step/{call.name}/started/1", "step", step=call.name, state="started", attempt=1)
        evidence: dict[str, object] = {"at": journal.lines[-1]["at"]} if call.step == "strike-centre" else {}
        if call.step == "measure":
            phase = "before-healing" if "before" in call.name else "after-healing"
            kept = rowbook.keep(folder, phase, ROWS)
            evidence = {"phase": phase, **{name: {**seen, "doubled_rows": 0, **kept} for name in plan.moved}}
        journal.append(f"step/{call.name}/done", "step", step=call.name, state="done", evidence=evidence, seconds=0.1)
    (folder / "ledger.jsonl").write_text(LEDGER)
    hashes = {key: journal.lines[0][f"{key}_hash"] for key in ("model", "plan")}
    result = judge_run(run_id, site, plan, hashes, journal.lines)
    (folder / "result.json").write_text(result.model_dump_json(indent=2))
    bound = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("result.json", "ledger.jsonl")}
    journal.append("finished", "finished", verdict=result.verdict, files=bound)
    return runs.load(drills, run_id)
