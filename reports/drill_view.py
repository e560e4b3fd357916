"""A drill as a table of promises, a table of steps and a timeline; verdicts are the drill's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from dr.link_drill import Gap as LineGap
from dr.result import StepTiming, SystemResult, Verdict
from inventory.model import Site
from reports.charts.svg import ACCENT, WARN
from reports.charts.timeline import Bar, Gap, timeline
from reports.results import Drill, PastRun
from reports.site_view import place_title, system_title
from reports.table import Cell, Column, Table, table
from reports.words import Words

_TONES = {Verdict.MET: "good", Verdict.MISSED: "bad", Verdict.NOT_MEASURED: "warn"}
_DETAIL_LENGTH = 260


def verdict_badge(verdict: Verdict, words: Words) -> Cell:
    """The drill's verdict as a badge."""
    return Cell(words(f"verdict.{verdict.value}"), _TONES[verdict])


def measured(seconds: float | None, words: Words) -> str:
    return words("unit.none") if seconds is None else words.seconds(seconds)


def counted(number: int | None, words: Words) -> str:
    return words("unit.none") if number is None else words.number(number)


def systems_table(site: Site, drill: Drill, words: Words) -> Table:
    """Declared beside measured, for every system that moved."""
    columns = (
        Column(words("table.system"), share=20),
        Column(words("drill.declared_rto"), "number", 10),
        Column(words("drill.measured_rto"), "number", 10),
        Column(words("drill.declared_rpo"), "number", 9),
        Column(words("drill.acknowledged"), "number", 9),
        Column(words("drill.missing_before"), "number", 8),
        Column(words("drill.missing_after"), "number", 8),
        Column(words("drill.doubled"), "number", 7),
        Column(words("drill.tolerance"), share=10),
        Column(words("table.verdict"), share=9),
    )
    return table("drill-systems", columns, (_system(site, result, words) for result in drill.result.systems))


def _system(site: Site, result: SystemResult, words: Words) -> list[Cell | str]:
    care = words(
        "drill.care",
        outpatient=words(f"verdict.{result.outpatient.value}"),
        inpatient=words(f"verdict.{result.inpatient.value}"),
    )
    return [
        Cell(system_title(site, result.system, words), "strong", result.system),
        words.seconds(result.declared_rto_seconds),
        Cell(measured(result.rto_seconds, words), "strong"),
        words.promise(result.declared_rpo_seconds),
        counted(result.acknowledged, words),
        Cell(counted(result.missing_before_healing, words), "strong"),
        Cell(counted(result.missing_after_healing, words), "strong"),
        "—" if result.doubled is None else str(result.doubled),
        Cell("", small=care),
        verdict_badge(result.verdict, words),
    ]


def steps_table(drill: Drill, words: Words) -> Table:
    columns = (
        Column(words("table.number"), "number", 6),
        Column(words("table.step"), share=25),
        Column(words("table.started"), "number", 10),
        Column(words("table.seconds"), "number", 11),
        Column(words("table.tries"), "number", 7),
        Column(words("table.detail"), "code", 41),
    )
    return table("drill-steps", columns, (_step(drill, n, step, words) for n, step in enumerate(drill.result.steps, 1)))


def _step(drill: Drill, number: int, step: StepTiming, words: Words) -> list[Cell | str]:
    return [
        str(number),
        Cell(step_title(step, words), small=step.name),
        f"{_offset(drill, step.started):.1f}",
        words.seconds(step.seconds),
        str(step.tries),
        Cell(evidence_text(step), "evidence"),
    ]


def step_title(step: StepTiming, words: Words) -> str:
    """The step in words, with what sets it apart when a plan has it twice."""
    return words.texts.get(f"step.{step.name}") or words.known("step", step.step)


def evidence_text(step: StepTiming) -> str:
    """The step's evidence on a few lines; the whole of it is in the JSON beside the report."""
    lines = [f"{key}: {_short(value)}" for key, value in step.evidence.items()]
    text = "\n".join(lines)
    return text if len(text) <= _DETAIL_LENGTH else text[:_DETAIL_LENGTH] + " …"


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def drill_timeline(drill: Drill, words: Words) -> str:
    """The Gantt chart of the steps under the ward's acknowledged transactions."""
    bars = [_bar(drill, step, words) for step in drill.result.steps]
    begin = datetime.fromisoformat(drill.result.started)
    acks = [(moment - begin).total_seconds() for moment in drill.acks]
    return timeline(bars, acks, _gap(drill, drill.result.systems, words), words)


def _gap(drill: Drill, systems: Sequence[SystemResult], words: Words) -> Gap | None:
    """The outage of the first system that moved: the database, which the ledger's chains are written to."""
    for result in systems[:1]:
        if result.last_before and result.first_after and result.rto_seconds is not None:
            start, end = _offset(drill, result.last_before), _offset(drill, result.first_after)
            return Gap(start, end, words("drill.gap", value=words.seconds(result.rto_seconds)))
    return None


def _bar(drill: Drill, step: StepTiming, words: Words) -> Bar:
    colour = ACCENT if step.tries == 1 else WARN  # interrupted or failed once, then done
    return Bar(step_title(step, words), _offset(drill, step.started), _offset(drill, step.ended), colour)


def _offset(drill: Drill, moment: str) -> float:
    return (datetime.fromisoformat(moment) - datetime.fromisoformat(drill.result.started)).total_seconds()


def identity(site: Site, drill: Drill, words: Words) -> list[str]:
    """Which run this is, who moved where, and what it says nothing about."""
    result = drill.result
    ends = f"{place_title(site, result.source, words)} → {place_title(site, result.target, words)}"
    found = [
        words(
            "drill.identity",
            run=result.run_id,
            plan=words.known("plan", result.plan),
            mode=words.known("mode", result.mode),
            ends=ends,
            started=words.moment(datetime.fromisoformat(result.started)),
            took=words.seconds(result.seconds),
        )
    ]
    if result.interruptions or result.failures:
        found.append(words("drill.troubles", interruptions=result.interruptions, failures=result.failures))
    return found


def fingerprints(drill: Drill, words: Words) -> list[str]:
    """The hashes an assessor compares, and the systems the drill proves nothing about."""
    result = drill.result
    found = [words("drill.hashes", model=result.model_hash, plan=result.plan_hash, journal=drill.journal_hash)]
    if result.left_out:
        found.append(words("drill.left_out", count=len(result.left_out)))
    return found


def history_table(history: Sequence[PastRun], words: Words) -> Table:
    """Every run on record, oldest first."""
    columns = (
        Column(words("cover.drill"), "code", 32),
        Column(words("table.plan"), share=16),
        Column(words("table.state"), share=12),
        Column(words("drill.measured_rto"), "number", 13),
        Column(words("drill.missing_after"), "number", 13),
        Column(words("table.verdict"), share=14),
    )
    return table("drill-history", columns, (_past(past, words) for past in history))


def _past(past: PastRun, words: Words) -> list[Cell | str]:
    head: list[Cell | str] = [
        past.run.run_id,
        words.known("plan", past.run.plan.name),
        words.known("state", past.run.state.value),
    ]
    if past.result is None or not past.result.systems:
        return [*head, "—", "—", "—"]
    first = past.result.systems[0]
    return [
        *head,
        measured(first.rto_seconds, words),
        counted(first.missing_after_healing, words),
        verdict_badge(past.result.verdict, words),
    ]


def gaps_table(site: Site, gaps: Sequence[LineGap], words: Words) -> Table:
    """What the ward noticed of each line cut."""
    columns = (
        Column(words("table.line"), "code", 22),
        Column(words("table.ends"), share=34),
        Column(words("drill.packet_gap"), "number", 12),
        Column(words("drill.usual_gap"), "number", 12),
        Column(words("drill.sent"), "number", 10),
        Column(words("drill.lost"), "number", 10),
    )
    return table("line-cuts", columns, (_line_gap(site, gap, words) for gap in gaps))


def _line_gap(site: Site, gap: LineGap, words: Words) -> list[Cell | str]:
    ends = next(((link.a, link.b) for link in site.links if link.name == gap.link), ())
    return [
        gap.link,
        " — ".join(place_title(site, end, words) for end in ends),
        Cell(f"{gap.gap_ms:g} ms", "strong"),
        f"{gap.usual_ms:g} ms",
        words.number(gap.sent),
        words.number(gap.lost),
    ]
