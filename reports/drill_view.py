"""A drill as a table of promises, a table of steps and a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from inventory.model import Site
from reports.charts.svg import ACCENT, BAD, GREY, WARN
from reports.charts.timeline import Bar, Gap, timeline
from reports.results import Drill, Step, Target
from reports.table import Cell, Column, Table, table
from reports.words import Words

_TONES = {"passed": "good", "succeeded": "good", "done": "good", "failed": "bad", "skipped": "idle"}
_COLOURS = {"good": ACCENT, "bad": BAD, "warn": WARN, "idle": GREY}


def tone_of(outcome: str) -> str:
    """How an outcome's badge looks; unknown ones are amber, so that they are seen."""
    return _TONES.get(outcome, "warn")


def verdict(met: bool | None, words: Words) -> Cell:
    """The drill's own verdict on a promise, as a badge."""
    if met is None:
        return Cell(words("verdict.none"), "idle")
    return Cell(words("verdict.met"), "good") if met else Cell(words("verdict.missed"), "bad")


def results_table(drill: Drill, words: Words) -> Table:
    """Declared beside measured."""
    columns = (
        Column(words("table.measure"), share=40),
        Column(words("table.declared"), share=22),
        Column(words("table.measured"), share=22),
        Column(words("table.verdict"), share=16),
    )
    ledger = drill.ledger
    rows: list[list[Cell | str]] = [
        [words("drill.rto"), *_promise(drill.rto, words), verdict(drill.rto.met, words)],
        [words("drill.rpo"), *_promise(drill.rpo, words), verdict(drill.rpo.met, words)],
        [words("drill.lost_before"), "—", _count(ledger.missing_before_heal, words), "—"],
        [words("drill.lost_after"), "—", _count(ledger.missing_after_heal, words), "—"],
        [words("drill.acknowledged"), "—", _count(ledger.acknowledged, words), "—"],
    ]
    return table("drill-results", columns, rows)


def _promise(target: Target, words: Words) -> list[Cell | str]:
    zero = target.declared == 0
    declared = words("unit.undeclared") if target.declared is None else words.seconds(target.declared)
    measured = words("unit.none") if target.measured is None else words.seconds(target.measured)
    return [words("unit.zero") if zero else declared, Cell(measured, "strong")]


def _count(value: int | None, words: Words) -> Cell:
    return Cell(words("unit.none") if value is None else words.number(value), "strong")


def steps_table(drill: Drill, words: Words) -> Table:
    columns = (
        Column(words("table.number"), "number", 6),
        Column(words("table.step"), "code", 24),
        Column(words("table.started"), "number", 11),
        Column(words("table.seconds"), "number", 11),
        Column(words("table.outcome"), share=10),
        Column(words("table.detail"), share=38),
    )
    return table("drill-steps", columns, (_step(drill, n, step, words) for n, step in enumerate(drill.steps, 1)))


def _step(drill: Drill, number: int, step: Step, words: Words) -> list[Cell | str]:
    took = words.seconds((step.ended - step.started).total_seconds()) if step.ended else "—"
    return [
        str(number),
        step.name,
        f"+{(step.started - drill.started).total_seconds():.1f}",
        took,
        Cell(words.known("outcome", step.outcome), tone_of(step.outcome)),
        Cell(step.detail, "quiet"),
    ]


def drill_timeline(drill: Drill, words: Words) -> str:
    """The Gantt chart of the steps under the ward's acknowledged transactions."""
    gap = _gap(drill, words)
    acks = _since(drill.started, drill.ledger.acks)
    last = max([*(step.ended or step.started for step in drill.steps), drill.started])
    bars = [_bar(drill, step, drill.ended or last) for step in drill.steps]
    return timeline(bars, acks, gap, words)


def _gap(drill: Drill, words: Words) -> Gap | None:
    ledger = drill.ledger
    if ledger.gap_start is None or ledger.gap_end is None:
        return None
    start, end = _since(drill.started, (ledger.gap_start, ledger.gap_end))
    measured = drill.rto.measured
    return Gap(start, end, words("drill.gap", value=words.seconds(end - start if measured is None else measured)))


def _bar(drill: Drill, step: Step, open_end: datetime) -> Bar:
    start, end = _since(drill.started, (step.started, step.ended or open_end))
    return Bar(step.name, start, max(start, end), _COLOURS[tone_of(step.outcome)])


def _since(begin: datetime, moments: Sequence[datetime]) -> list[float]:
    return [(moment - begin).total_seconds() for moment in moments]


def systems_of(site: Site, drill: Drill, words: Words) -> str:
    """The titles of the systems that moved."""
    titles = {system.name: words.text(system.title) for system in site.systems}
    return words("systems.join").join(titles.get(name, name) for name in drill.systems)
