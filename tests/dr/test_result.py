"""The result as computed from a journal: literal lines in, figures and verdicts out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dr.journal import Line
from dr.plan import Mode, Plan, StepCall
from dr.result import DrillResult, Verdict, judge_run, last_proof, load_result, load_results
from inventory.error import MedcloudError
from inventory.model import Site

PLAN = Plan(
    name="same-city-failover",
    mode=Mode.UNPLANNED,
    source="software-park-2",
    target="gaodian",
    moved=("his-database",),
    left_out=("emr",),
    steps=tuple(
        StepCall(name=n, step=s, params={})
        for n, s in (
            ("strike-centre", "strike-centre"),
            ("measure-before-healing", "measure"),
            ("measure-after-healing", "measure"),
        )
    ),
)


def lines(before: dict[str, Any], after: dict[str, Any]) -> tuple[Line, ...]:
    measured = {
        "rto_seconds": 7.4,
        "acknowledged_rows": 800,
        "missing_rows": 0,
        "missing_seconds": 0.0,
        "doubled_rows": 0,
    }
    evidence = {
        "strike-centre": {"at": "2026-11-22T10:00:01+00:00"},
        "measure-before-healing": {"phase": "before-healing", "his-database": measured | before},
        "measure-after-healing": {"phase": "after-healing", "his-database": measured | after},
    }
    found: list[Line] = [{"at": "2026-11-22T10:00:00+00:00", "event": "run"}]
    for second, (step, seen) in enumerate(evidence.items(), start=1):
        at = f"2026-11-22T10:00:{second:02d}"
        found.append({"at": f"{at}+00:00", "event": "step", "step": step, "state": "started"})
        found.append({"at": f"{at}.500000+00:00", "event": "step", "step": step, "state": "done", "evidence": seen})
    found.insert(3, {"at": "2026-11-22T10:00:02+00:00", "event": "resumed"})
    return tuple(found)


def judged(site: Site, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> DrillResult:
    return judge_run("run-1", site, PLAN, {"model": "m", "plan": "p"}, lines(before or {}, after or {}))


def test_figures_come_from_the_evidence_and_the_declaration_from_the_model(xiamen: Site) -> None:
    result = judged(xiamen)
    his = result.systems[0]
    assert (his.rto_seconds, his.declared_rto_seconds, his.acknowledged) == (7.4, 600.0, 800)
    assert (his.missing_before_healing, his.missing_after_healing, his.doubled) == (0, 0, 0)
    assert result.verdict is his.verdict is his.outpatient is Verdict.MET
    assert (result.struck, result.interruptions, result.seconds) == ("2026-11-22T10:00:01+00:00", 1, 3.5)
    assert [step.seconds for step in result.steps] == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"rto_seconds": 601.0}),
        ({}, {"missing_rows": 1, "missing_seconds": 0.0}),
        ({"missing_rows": 4, "missing_seconds": 0.1}, {}),
        ({}, {"doubled_rows": 1}),
    ],
)
def test_what_misses_an_objective_is_missed(xiamen: Site, before: dict[str, Any], after: dict[str, Any]) -> None:
    assert judged(xiamen, before, after).verdict is Verdict.MISSED


def test_an_outage_beyond_what_outpatients_bear_is_told_apart(xiamen: Site) -> None:
    his = judged(xiamen, after={"rto_seconds": 700.0}).systems[0]
    assert (his.outpatient, his.inpatient) == (Verdict.MISSED, Verdict.MET)


def test_without_a_measured_outage_there_is_no_verdict(xiamen: Site) -> None:
    assert judged(xiamen, after={"rto_seconds": None}).verdict is Verdict.NOT_MEASURED
    lost = judged(xiamen, after={"rto_seconds": None, "missing_rows": 4, "missing_seconds": 1.0})
    assert lost.verdict is Verdict.MISSED, "a loss stays a loss where nobody measured how long it took"


def test_results_are_read_back_in_order(xiamen: Site, tmp_path: Path) -> None:
    for name, started in (("b", "2026-11-22T10:00:00+00:00"), ("a", "2026-11-22T11:00:00+00:00")):
        (tmp_path / name).mkdir()
        result = judged(xiamen).model_copy(update={"run_id": name, "started": started})
        (tmp_path / name / "result.json").write_text(result.model_dump_json())
    assert [result.run_id for result in load_results(tmp_path)] == ["b", "a"]


def test_a_proof_holds_for_the_same_plan_and_model_only(xiamen: Site) -> None:
    old, new = (judged(xiamen).model_copy(update={"run_id": r, "started": s}) for r, s in (("o", "1"), ("n", "2")))
    assert last_proof((new, old), "p", "m") == new
    assert last_proof((new, old), "p", "edited") is None


def test_a_run_without_result_says_so(tmp_path: Path) -> None:
    with pytest.raises(MedcloudError, match="no result"):
        load_result(tmp_path / "result.json")
