"""An audit as bars by layer, every unit with its reason, and the raw evidence of what was looked at.

The verdicts, counts and rates are compliance's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compliance.finding import Finding, Verdict
from compliance.finding import Words as Bilingual
from compliance.judge import Audit, ItemResult, Rate, worst_first
from inventory.model import Text
from reports.charts.bars import Stack, stacks
from reports.charts.svg import BAD, FAINT, GOOD, GREY, WARN
from reports.table import Cell, Column, Table, table
from reports.words import Words

VERDICTS = (Verdict.CONFORM, Verdict.PARTIAL, Verdict.NONCONFORM, Verdict.NOT_CHECKED, Verdict.NOT_APPLICABLE)
COLOURS = dict(zip(VERDICTS, (GOOD, WARN, BAD, FAINT, GREY), strict=True))
_TONES = {Verdict.CONFORM: "good", Verdict.PARTIAL: "warn", Verdict.NONCONFORM: "bad"}
_MARKS = {True: "✓", False: "✗", None: "?"}


def say(text: Bilingual, words: Words) -> str:
    """Compliance's own words in the report's language."""
    return words.text(Text(zh=text.zh, en=text.en))


def verdict_badge(verdict: Verdict, words: Words) -> Cell:
    return Cell(words(f"conclusion.{verdict.value}"), _TONES.get(verdict, "idle"))


def legend(audit: Audit, words: Words) -> list[Cell]:
    """The badges of the chart with the total of each verdict."""
    texts = [f"{words(f'conclusion.{verdict.value}')} {audit.counts.get(verdict, 0)}" for verdict in VERDICTS]
    return [Cell(text, _TONES.get(verdict, "idle")) for text, verdict in zip(texts, VERDICTS, strict=True)]


def layer_chart(audit: Audit, words: Words) -> str:
    """Bars by layer, in the order of the standard."""
    rows = []
    for layer in audit.layers:
        parts = tuple((COLOURS[v], layer.counts.get(v, 0)) for v in VERDICTS if layer.counts.get(v, 0))
        rows.append(Stack(words.known("layer", layer.layer_code), parts))
    return stacks(rows, words("audit.chart"))


def layers_table(audit: Audit, words: Words) -> Table:
    """The same counts as figures."""
    columns = (
        Column(words("table.layer"), share=40),
        *(Column(words(f"conclusion.{verdict.value}"), "number", 12) for verdict in VERDICTS),
    )
    rows = [
        [words.known("layer", layer.layer_code), *(str(layer.counts.get(verdict, 0)) for verdict in VERDICTS)]
        for layer in audit.layers
    ]
    return table("audit-layers", columns, rows)


def rates(audit: Audit, words: Words) -> list[str]:
    """The conforming shares with their parts, and the units that trigger a major risk."""
    found = [
        words("audit.strict", share=_share(audit.strict, words)),
        words("audit.lenient", share=_share(audit.lenient, words)),
        words("audit.checked", share=_share(audit.checked, words)),
    ]
    if audit.major_risks:
        found.append(words("audit.major", items=words("systems.join").join(audit.major_risks)))
    return found


def _share(rate: Rate, words: Words) -> str:
    return f"{words.number(rate.numerator)} / {rate.denominator} = {rate.value:.1%}"


def worst_table(audit: Audit, words: Words) -> Table:
    """What to mend first: failed units, those with a major-risk trigger on top."""
    columns = (
        Column(words("table.item"), "code", 12),
        Column(words("table.requirement"), share=30),
        Column(words("table.verdict"), share=10),
        Column(words("table.reason"), share=20),
        Column(words("table.remedy"), share=28),
    )
    return table("audit-worst", columns, (_worst(result, words) for result in worst_first(audit)))


def _worst(result: ItemResult, words: Words) -> list[Cell | str]:
    todo = dict.fromkeys(say(proof.todo, words) for finding in result.findings for proof in finding.unmet)
    waived = words("audit.waived", owner=result.waiver.owner, expires=result.waiver.expires) if result.waiver else ""
    return [
        _unit(result),
        say(result.item.text, words),
        verdict_badge(result.verdict, words),
        Cell(say(result.reason, words), small=waived),
        "\n".join(todo) or "—",
    ]


def _unit(result: ItemResult) -> Cell:
    return Cell(result.item.id, "strong", result.item.clause)


def items_table(audit: Audit, words: Words) -> Table:
    """All units of the catalogue in the order of the standard."""
    columns = (
        Column(words("table.item"), "code", 10),
        Column(words("table.clause"), share=9),
        Column(words("table.requirement"), share=42),
        Column(words("table.verdict"), share=9),
        Column(words("table.reason"), share=30),
    )
    return table("audit-units", columns, (_item(result, words) for result in audit.items))


def _item(result: ItemResult, words: Words) -> list[Cell | str]:
    unit = Cell(result.item.id, "strong")
    badge, reason = verdict_badge(result.verdict, words), say(result.reason, words)
    return [unit, result.item.clause, say(result.item.text, words), badge, reason]


def findings_table(audit: Audit, words: Words) -> Table:
    """The evidence: one row per unit and per group of objects that show the very same lines."""
    columns = (
        Column(words("table.item"), "code", 10),
        Column(words("table.object"), "code", 16),
        Column(words("table.verdict"), share=8),
        Column(words("table.evidence"), "code", 66),
    )
    rows = (row for result in audit.items for row in _evidence(result, words))
    return table("findings", columns, rows)


def _evidence(result: ItemResult, words: Words) -> Iterator[list[Cell | str]]:
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in result.findings:
        groups.setdefault(_likeness(finding), []).append(finding)
    for findings in groups.values():
        yield [
            Cell(result.item.id, "strong"),
            "\n".join(finding.object for finding in findings),
            verdict_badge(findings[0].verdict, words),
            Cell("", pairs=tuple(_pair(number, findings, words) for number in range(len(findings[0].proofs)))),
        ]


def _likeness(finding: Finding) -> tuple[object, ...]:
    """What makes findings one row: the same verdict and lines; why something was not read may differ by object."""
    return finding.verdict, *((proof.met, proof.says, proof.met is not None and proof.raw) for proof in finding.proofs)


def _pair(number: int, findings: Sequence[Finding], words: Words) -> tuple[str, str]:
    """A thing looked at, and the raw lines of those objects (one line where they are the same)."""
    proof = findings[0].proofs[number]
    raws = dict.fromkeys(finding.proofs[number].raw for finding in findings)
    return f"{_MARKS[proof.met]} {say(proof.says, words)}", "\n".join(raws)
