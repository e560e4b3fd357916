"""What the 2025 report template asks of an audit besides verdicts: objects, control points, major risks, graded objects
with their forecast, comparison and trend, and what mends each problem."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.finding import Verdict
from compliance.grading import Comparison, Conclusion, Graded, Step
from compliance.judge import Audit, Rate, worst_first
from playbooks.enforcement import enforcers
from reports.audit_view import say, verdict_badge
from reports.table import Cell, Column, Table, table
from reports.words import Words

_TONES = {Conclusion.CONFORM: "good", Conclusion.BASICALLY: "warn", Conclusion.NONCONFORM: "bad"}
_SHOWN = 3  # raw lines of a major risk


def objects_table(audit: Audit, words: Words) -> Table:
    """What was looked at, by kind."""
    kinds: dict[str, list[str]] = {}
    for name in audit.objects:
        kind, _, object_ = name.partition("/")
        kinds.setdefault(kind, []).append(object_)
    columns = (Column(words("table.evidence_kind"), share=18), Column(words("table.objects"), "number", 10),
               Column(words("table.object"), "code", 72))  # fmt: skip
    rows = [[words.known("evidence", kind), str(len(names)), ", ".join(names)] for kind, names in kinds.items()]
    return table("audit-objects", columns, rows)


def points_table(audit: Audit, words: Words) -> Table:
    """Control points that do not conform, with their units."""
    columns = (Column(words("table.layer"), share=20), Column(words("table.point"), share=26),
               Column(words("table.verdict"), share=14), Column(words("table.item"), "code", 40))  # fmt: skip
    failing = [point for point in audit.points if point.verdict in (Verdict.PARTIAL, Verdict.NONCONFORM)]
    rows: list[list[Cell | str]] = [
        [words.known("layer", p.layer_code), say(p.title, words), verdict_badge(p.verdict, words), ", ".join(p.items)]
        for p in failing
    ]
    return table("audit-points", columns, rows)


def major_table(audit: Audit, words: Words) -> Table:
    """Units whose major-risk trigger is met, with evidence and what is there to mitigate; a person grades them."""
    columns = (Column(words("table.trigger"), "code", 10), Column(words("table.item"), "code", 12),
               Column(words("table.requirement"), share=26), Column(words("table.evidence"), "code", 30),
               Column(words("table.mitigation"), share=22))  # fmt: skip
    rows: list[list[Cell | str]] = []
    for result in audit.items:
        if result.item.id in audit.major_risks:
            unmet = list(dict.fromkeys(f"{f.object}: {p.raw}" for f in result.findings for p in f.unmet))
            met = dict.fromkeys(say(p.says, words) for f in result.findings for p in f.proofs if p.met)
            unit = Cell(result.item.id, "strong", result.item.high_risk_case or "")
            evidence = "\n".join(unmet[:_SHOWN])
            asked, there = say(result.item.text, words), "\n".join(met) or "—"
            rows.append([result.item.major_risk_trigger or "", unit, asked, evidence, there])
    return table("audit-major", columns, rows)


def graded_table(objects: Sequence[Graded], words: Words) -> Table:
    """The platform and each business system: rates, major risks, forecast."""
    columns = (Column(words("table.graded"), share=30), Column(words("table.strict"), "number", 15),
               Column(words("table.lenient"), "number", 15), Column(words("table.major"), "number", 12),
               Column(words("table.own"), "number", 12), Column(words("table.forecast"), share=16))  # fmt: skip
    rows: list[list[Cell | str]] = [
        [Cell(say(one.title, words), "strong", one.name), _share(one.strict), _share(one.lenient),
         str(len(one.major_risks)), str(one.own), Cell(words(f"forecast.{one.forecast.value}"), _TONES[one.forecast])]
        for one in objects
    ]  # fmt: skip
    return table("audit-graded", columns, rows)


def remedies_table(audit: Audit, words: Words) -> Table:
    """What to mend, by risk, with the role and tag that does it where one does."""
    columns = (Column(words("table.item"), "code", 14), Column(words("table.remedy"), share=48),
               Column(words("table.role"), "code", 38))  # fmt: skip
    known = enforcers()
    rows: list[list[Cell | str]] = []
    for result in worst_first(audit):
        todo = dict.fromkeys(say(proof.todo, words) for finding in result.findings for proof in finding.unmet)
        roles = [f"{part.role} --tags {part.item}" for part in known.get(result.item.id, ())]
        rows.append([Cell(result.item.id, "strong"), "\n".join(todo) or say(result.reason, words),
                     "\n".join(roles) or "—"])  # fmt: skip
    return table("audit-remedies", columns, rows)


def trend_table(steps: Sequence[Step], words: Words) -> Table:
    """This audit and those before it."""
    verdicts = (Verdict.CONFORM, Verdict.PARTIAL, Verdict.NONCONFORM, Verdict.NOT_CHECKED)
    counts = (Column(words(f"conclusion.{verdict.value}"), "number", 12) for verdict in verdicts)
    columns = (Column(words("cover.audit"), share=28), *counts,
               Column(words("table.strict"), "number", 12), Column(words("table.major"), "number", 12))  # fmt: skip
    rows = [
        [words.moment(s.taken), *(str(s.counts.get(v, 0)) for v in verdicts), _share(s.strict), str(s.major_risks)]
        for s in steps
    ]
    return table("audit-trend", columns, rows)


def comparison_texts(change: Comparison | None, words: Words) -> list[str]:
    """What moved since the audit before."""
    if change is None:
        return [words("audit.first")]
    none = "—"
    return [
        words("audit.better", before=words.moment(change.before), items=", ".join(change.better) or none),
        words("audit.worse", items=", ".join(change.worse) or none),
        words("audit.rectified", count=change.major_before, rectified=change.rectified),
    ]


def _share(rate: Rate) -> str:
    return f"{rate.numerator:g}/{rate.denominator} = {rate.value:.1%}"
