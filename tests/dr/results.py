"""Results of drills as plain values, without any run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dr.result import DrillResult, StepTiming, SystemResult, Verdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def part(
    system: str, rto: float | None = 6.0, missing: int | None = 0, before: int | None = 0, **more: Any
) -> SystemResult:
    facts: dict[str, Any] = {
        "system": system,
        "rto_seconds": rto,
        "declared_rto_seconds": 600.0,
        "last_before": None,
        "first_after": None,
        "acknowledged": 40,
        "missing_before_healing": before,
        "missing_after_healing": missing,
        "missing_seconds": 0.0,
        "declared_rpo_seconds": 0.0,
        "doubled": 0,
        "outpatient": Verdict.MET,
        "inpatient": Verdict.MET,
        "verdict": Verdict.MET,
    }
    return SystemResult(**{**facts, **more})


def step(name: str, ended: datetime, **evidence: Any) -> StepTiming:
    at = ended.isoformat()
    return StepTiming(name=name, step=name, started=at, ended=at, seconds=1.0, tries=1, evidence=evidence)


def result(
    run_id: str, *parts: SystemResult, days_ago: float = 1.0, steps: tuple[StepTiming, ...] | None = None, **more: Any
) -> DrillResult:
    ended = NOW - timedelta(days=days_ago)
    facts: dict[str, Any] = {
        "run_id": run_id,
        "site": "xiamen",
        "plan": "same-city-failover",
        "mode": "unplanned",
        "source": "software-park-2",
        "target": "gaodian",
        "model_hash": "m",
        "plan_hash": "p",
        "started": (ended - timedelta(minutes=1)).isoformat(),
        "ended": ended.isoformat(),
        "seconds": 60.0,
        "struck": None,
        "interruptions": 0,
        "failures": 0,
        "steps": (step("move-service-address", ended),) if steps is None else steps,
        "systems": parts,
        "left_out": (),
        "verdict": Verdict.MET,
    }
    return DrillResult(**{**facts, **more})
