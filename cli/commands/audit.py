"""Collect evidence and judge it against graded protection, MLPS 2.0 level 3 (等保三级自查)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import note, print_json, print_table
from cli.context import SiteContext, join_site, open_site
from cli.looking import clouds_of, keep, kept_of, shell_of, stamp
from cli.progress import Progress

if TYPE_CHECKING:
    from compliance.judge import Audit
    from compliance.snapshot import Snapshot

app = typer.Typer(no_args_is_help=True, help="Collect evidence and judge it against MLPS 2.0 level 3 (等保三级自查).")
_Site = Annotated[str, typer.Argument(help="A blueprint's name or a folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]
_WORST = 25


@app.command()
def collect(ctx: typer.Context, site: _Site, json: _Json = False) -> None:
    """Read hosts, routers, databases and clouds into a frozen snapshot; judge nothing."""
    snapshot, path = _collect(join_site(ctx.obj, site), json)
    unread = [(f"{o.kind}/{o.name}", name, why) for o in snapshot.objects for name, why in o.unread.items()]
    if json:
        print_json({"file": path, "sha256": snapshot.sha256, "objects": len(snapshot.objects), "unread": unread})
        return
    kinds = sorted({o.kind for o in snapshot.objects})
    print_table(f"Snapshot {snapshot.sha256[:12]}", ("kind", "objects"), [(k, len(snapshot.of(k))) for k in kinds])
    print_table("Not read", ("object", "section", "why"), unread)
    note(f"kept: {path}")


@app.command()
def run(
    ctx: typer.Context,
    site: _Site,
    snapshot: Annotated[Path | None, typer.Option(help="Judge this snapshot instead of collecting one.")] = None,
    json: _Json = False,
) -> None:
    """Collect a snapshot and judge it. What was not read is never a pass; this is a self-check, not a 等级测评."""
    from compliance import judge
    from compliance.snapshot import load

    if snapshot is None:
        frozen, path = _collect(join_site(ctx.obj, site), json)
    else:
        open_site(ctx.obj, site)
        frozen, path = load(_text(snapshot)), snapshot
    audit = judge.judge(frozen, datetime.now(UTC).date())
    findings = keep(path.with_name("findings.json"), audit)
    if json:
        print_json({"file": findings, **_summary(audit)})
        return
    _print(audit)
    note(f"kept: {findings}")


def _collect(context: SiteContext, quiet: bool) -> tuple[Snapshot, Path]:
    from compliance.snapshot import dump, freeze
    from monitors import evidence

    taken = datetime.now(UTC)
    progress = Progress(quiet)
    with progress.phase("collecting evidence"), shell_of(context) as shell:
        clouds, kept = clouds_of(context, deep=True), kept_of(context)
        collected = evidence.collect(context.site, shell, clouds, kept, progress.say)
    snapshot = freeze(context.site.name, taken, collected)
    return snapshot, keep(context.state / "audits" / stamp(taken) / "snapshot.json", dump(snapshot))


def _text(path: Path) -> str:
    from inventory.error import bad_input

    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise bad_input(f"cannot read {path}: {error.strerror}", "name a snapshot.json") from None


def _summary(audit: Audit) -> dict[str, object]:
    from compliance.judge import worst_first

    return {
        "site": audit.site,
        "taken": audit.taken,
        "snapshot_sha256": audit.snapshot_sha256,
        "counts": audit.counts,
        "layers": audit.layers,
        "rates": {"strict": audit.strict, "lenient": audit.lenient, "checked": audit.checked},
        "major_risks": audit.major_risks,
        "failed": [
            {"item": r.item.id, "verdict": r.verdict, "text": r.item.text, "reason": r.reason}
            for r in worst_first(audit)
        ],
    }


def _print(audit: Audit) -> None:
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
