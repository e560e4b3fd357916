"""The outcome of a drill run, as reports read it: one frozen value, one JSON file."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from dr.journal import Line
from dr.outage import Share, shares
from dr.plan import Mode, Plan
from inventory.error import MedcloudError
from inventory.model import Part, Site


class Verdict(StrEnum):
    MET = "met"
    MISSED = "missed"
    NOT_MEASURED = "not-measured"


class StepTiming(Part):
    """One step as it ran. `tries` counts starts, so 2 means that it was interrupted or failed once; times are UTC."""

    name: str
    step: str
    started: str
    ended: str
    seconds: float
    tries: int
    evidence: dict[str, Any]


class SystemResult(Part):
    """What one system proved. Seconds as the ward measured them; rows are acknowledged rows (images for an archive)
    that are missing. `outpatient` and `inpatient`: did the outage stay within the declared tolerance of care?
    `shares`: where each second of the outage went. Without `last_before` the ledger began after the outage: then
    `first_after` is when the ward was served again at the latest."""

    system: str
    rto_seconds: float | None
    declared_rto_seconds: float
    last_before: str | None
    first_after: str | None
    acknowledged: int
    missing_before_healing: int | None
    missing_after_healing: int | None
    missing_seconds: float | None
    declared_rpo_seconds: float
    doubled: int | None
    outpatient: Verdict
    inpatient: Verdict
    verdict: Verdict
    shares: tuple[Share, ...] = ()


class DrillResult(Part):
    """A whole run. `left_out` are protected systems that the site only counts: this drill says nothing about them;
    `approved_by` the people who signed, nobody when the plan asked nobody; `window` the state of the ward-safe one."""

    run_id: str
    site: str
    plan: str
    mode: str
    source: str
    target: str
    model_hash: str
    plan_hash: str
    started: str
    ended: str
    seconds: float
    struck: str | None
    interruptions: int
    failures: int
    steps: tuple[StepTiming, ...]
    systems: tuple[SystemResult, ...]
    left_out: tuple[str, ...]
    packet_gap_ms: float | None = None
    approved_by: tuple[str, ...] = ()
    window: str = ""
    verdict: Verdict


def load_result(path: Path) -> DrillResult:
    """The result in that file; MedcloudError when there is none or it cannot be read."""
    try:
        return DrillResult.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MedcloudError(f"{path}: no result", "the run has not finished") from None
    except ValueError as error:
        raise MedcloudError(f"{path}: not a drill result: {error}") from None


def load_results(drills: Path) -> tuple[DrillResult, ...]:
    """Results of all finished runs in a site's drills folder, oldest first."""
    found = [load_result(path) for path in drills.glob("*/result.json")]
    return tuple(sorted(found, key=lambda result: result.started))


def last_proof(results: tuple[DrillResult, ...], plan_hash: str, model_hash: str) -> DrillResult | None:
    """The newest run of exactly this plan on exactly this model; None when there is none since the last edit."""
    same = [result for result in results if (result.plan_hash, result.model_hash) == (plan_hash, model_hash)]
    return max(same, key=lambda result: result.started, default=None)


def judge_run(run_id: str, site: Site, plan: Plan, hashes: dict[str, str], lines: tuple[Line, ...]) -> DrillResult:
    """The result from a run's journal; pure. Every figure comes from a step's evidence, none is typed in."""
    steps = _timings(plan, lines)
    systems = tuple(_system(site, name, steps, _ends(plan, name, steps)) for name in plan.moved)
    verdicts = {system.verdict for system in systems if plan.mode is not Mode.TABLETOP}
    verdicts |= {Verdict(step.evidence["verdict"]) for step in steps if "verdict" in step.evidence}
    worst = next(
        (v for v in (Verdict.MISSED, Verdict.NOT_MEASURED, Verdict.MET) if v in verdicts), Verdict.NOT_MEASURED
    )
    struck = next((str(step.evidence["at"]) for step in steps if step.step == "strike-centre"), None)
    started, ended = lines[0]["at"], max((step.ended for step in steps), default=lines[-1]["at"])
    return DrillResult(
        run_id=run_id,
        site=site.name,
        plan=plan.name,
        mode=plan.mode,
        source=plan.source,
        target=plan.target,
        model_hash=hashes["model"],
        plan_hash=hashes["plan"],
        started=started,
        ended=ended,
        seconds=_between(started, ended),
        struck=struck,
        interruptions=sum(line["event"] in ("resumed", "took-over") for line in lines),
        failures=sum(line["event"] == "step" and line["state"] == "failed" for line in lines),
        steps=steps,
        systems=systems,
        left_out=plan.left_out,
        approved_by=_approvers(steps),
        window=str((lines[0].get("window") or {}).get("state", "")),
        verdict=worst,
    )


def _approvers(steps: tuple[StepTiming, ...]) -> tuple[str, ...]:
    """Everybody whose signature a step waited for, also inside other steps (a blind promotion)."""
    return tuple(sorted({person for step in steps for person in step.evidence.get("approved_by", ())}))


def _timings(plan: Plan, lines: tuple[Line, ...]) -> tuple[StepTiming, ...]:
    found = []
    every: dict[str, list[Line]] = {call.name: [] for call in plan.steps}
    for line in lines:
        if line["event"] == "step":
            every[line["step"]].append(line)
    for call in plan.steps:
        starts = [line for line in every[call.name] if line["state"] == "started"]
        done = next((line for line in every[call.name] if line["state"] == "done"), None)
        if starts and done:
            found.append(
                StepTiming(
                    name=call.name,
                    step=call.step,
                    started=starts[0]["at"],
                    ended=done["at"],
                    seconds=_between(starts[0]["at"], done["at"]),
                    tries=len(starts),
                    evidence=done["evidence"],
                )
            )
    return tuple(found)


def _ends(plan: Plan, system: str, steps: tuple[StepTiming, ...]) -> list[tuple[str, str]]:
    """Names and ends of the steps that this system waited for: what moves another system is not among them."""
    moves = ("take-lease", "promote-database", "switchover-database", "move-service-address", "switch-pacs")
    others = {c.name for c in plan.steps if c.step in moves and c.params.get("system") != system}
    return [(step.name, step.ended) for step in steps if step.name not in others]


def _system(site: Site, name: str, steps: tuple[StepTiming, ...], ends: list[tuple[str, str]]) -> SystemResult:
    phases = {
        step.evidence["phase"]: step.evidence[name]
        for step in steps
        if step.step == "measure" and name in step.evidence
    }
    before, after = phases.get("before-healing"), phases.get("after-healing")
    last: dict[str, Any] = after or before or {}
    declared = site.system(name)
    rto, doubled = last.get("rto_seconds"), last.get("doubled_rows")
    missing = last.get("missing_rows")
    lost_seconds = max((phase.get("missing_seconds") or 0.0 for phase in phases.values()), default=None)
    whole = _lost_within(phases, lost_seconds, declared.rpo) and not doubled
    tolerance = declared.tolerance
    return SystemResult(
        system=name,
        rto_seconds=rto,
        declared_rto_seconds=declared.rto.total_seconds(),
        last_before=last.get("last_before"),
        first_after=last.get("first_after"),
        acknowledged=last.get("acknowledged_rows", last.get("acknowledged_images", 0)),
        missing_before_healing=before["missing_rows"] if before else None,
        missing_after_healing=missing,
        missing_seconds=lost_seconds,
        declared_rpo_seconds=declared.rpo.total_seconds(),
        doubled=doubled,
        outpatient=_bears(rto, tolerance.outpatient if tolerance else None),
        inpatient=_bears(rto, tolerance.inpatient if tolerance else None),
        verdict=_verdict(rto, missing, whole, declared.rto),
        shares=shares(ends, last["last_before"], last["first_after"]) if last.get("last_before") else (),
    )


def _verdict(rto: float | None, missing: int | None, whole: bool, declared: timedelta) -> Verdict:
    """What was lost or doubled is a miss, whether or not somebody measured how long it took."""
    if missing is not None and not whole:
        return Verdict.MISSED
    if rto is None or missing is None:
        return Verdict.NOT_MEASURED
    return Verdict.MET if rto <= declared.total_seconds() else Verdict.MISSED


def _lost_within(phases: dict[str, Any], seconds: float | None, declared: timedelta) -> bool:
    """Nothing missing in any phase, or nothing older than the declared RPO allows (zero allows nothing)."""
    if all(phase["missing_rows"] == 0 for phase in phases.values()):
        return True
    return seconds is not None and bool(declared) and seconds <= declared.total_seconds()


def _bears(seconds: float | None, tolerance: timedelta | None) -> Verdict:
    if seconds is None or tolerance is None:
        return Verdict.NOT_MEASURED
    return Verdict.MET if seconds <= tolerance.total_seconds() else Verdict.MISSED


def _between(start: str, end: str) -> float:
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds(), 3)
