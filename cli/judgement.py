"""An audit on the screen: its summary as data, its layers and its worst items as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.console import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.grading import Comparison, Graded
    from compliance.judge import Audit

_WORST = 25


def summary(audit: Audit) -> dict[str, object]:
    """The audit as data, without the findings."""
    from compliance.judge import worst_first

    return {
        "site": audit.site,
        "taken": audit.taken,
        "snapshot_sha256": audit.snapshot_sha256,
        "counts": audit.counts,
        "layers": audit.layers,
        "rates": {"strict": audit.strict, "lenient": audit.lenient, "checked": audit.checked},
        "major_risks": audit.major_risks,
        "lapsed": audit.lapsed,
        "failed": [
            {"item": r.item.id, "verdict": r.verdict, "text": r.item.text, "reason": r.reason}
            for r in worst_first(audit)
        ],
    }


def show_graded(objects: Sequence[Graded], change: Comparison | None) -> None:
    """The forecast for the platform and each system, and what moved since the audit before."""
    rows = [
        (one.name, f"{one.strict.value:.1%}", f"{one.lenient.value:.1%}", len(one.major_risks), one.forecast)
        for one in objects
    ]
    columns = ("graded", "符合率 strict", "lenient", "major risks", "forecast (2025 rules)")
    print_table("Platform and systems (自查推算，非等级测评结论)", columns, rows)
    if change:
        moved = (("better", change.better), ("worse", change.worse))
        listed = "; ".join(f"{name}: {', '.join(items) or 'none'}" for name, items in moved)
        print(f"since {change.before:%Y-%m-%d %H:%M}: {listed}; {change.rectified} major risks rectified")


def show(audit: Audit) -> None:
    """The audit as tables."""
    from compliance.finding import Verdict
    from compliance.judge import worst_first

    columns = ("layer", *(verdict.value for verdict in Verdict))
    rows = [(layer.layer, *(layer.counts[verdict] for verdict in Verdict)) for layer in audit.layers]
    print_table(f"MLPS level 3 self-check of {audit.site}", columns, [*rows, ("合计", *audit.counts.values())])
    failed = worst_first(audit)
    print_table(
        f"Worst first ({min(len(failed), _WORST)} of {len(failed)})",
        ("item", "verdict", "requirement", "object", "evidence", "do"),
        [_worst(result) for result in failed[:_WORST]],
    )
    for name, rate in (("strict", audit.strict), ("lenient", audit.lenient), ("checked items only", audit.checked)):
        print(f"符合率 {name}: {rate.numerator:g}/{rate.denominator} = {rate.value:.1%}")
    for line in audit.lapsed:
        print(f"no longer holds: {line}")
    print(f"items with a major-risk trigger that fail: {', '.join(audit.major_risks) or 'none'}")


def _worst(result: object) -> tuple[object, ...]:
    from compliance.judge import ItemResult

    assert isinstance(result, ItemResult)
    unmet = [(finding, proof) for finding in result.findings for proof in finding.unmet]
    mark = f" (waived until {result.waiver.expires})" if result.waiver else ""
    if not unmet:
        return (result.item.id, f"{result.verdict}{mark}", result.item.text.zh, "", result.reason.en, "attest")
    finding, proof = unmet[0]
    more = f" +{len({f.object for f, _ in unmet}) - 1}" if len({f.object for f, _ in unmet}) > 1 else ""
    return (
        result.item.id,
        f"{result.verdict}{mark}",
        result.item.text.zh,
        finding.object + more,
        proof.raw,
        proof.todo.en,
    )
