"""Collect evidence and judge it against graded protection, MLPS 2.0 level 3 (等保三级自查)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import judgement
from cli.console import note, print_json, print_table
from cli.context import SiteContext, join_site, open_site
from cli.looking import audits_of, clouds_of, keep, kept_of, shell_of, stamp
from cli.progress import Progress

if TYPE_CHECKING:
    from compliance.snapshot import Snapshot
    from playbooks.enforcement import Enforcer

app = typer.Typer(no_args_is_help=True, help="Collect evidence and judge it against MLPS 2.0 level 3 (等保三级自查).")
_Site = Annotated[str, typer.Argument(help="A blueprint's name or a folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]


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
    from compliance import grading, judge

    if snapshot is None:
        context = join_site(ctx.obj, site)
        frozen, path = _collect(context, json)
        file = path.with_name("findings.json")
    else:
        context = open_site(ctx.obj, site)
        frozen = _opened(snapshot)
        plain_file = snapshot.name == "snapshot.json"
        file = snapshot.with_name("findings.json" if plain_file else f"{snapshot.stem}-findings.json")
    earlier = [audit for audit in audits_of(context) if audit.taken < frozen.taken]
    audit = judge.judge(frozen, datetime.now(UTC).date())
    findings = keep(file, audit)
    change = grading.compare(audit, earlier[-1]) if earlier else None
    graded = grading.graded(audit, frozen.site)
    if json:
        print_json({"file": findings, **judgement.summary(audit), "graded": graded, "change": change})
        return
    judgement.show(audit)
    judgement.show_graded(graded, change)
    note(f"kept: {findings}; seal it with: medcloud evidence export {site} {file.parent.name} --key KEY")


@app.command()
def fix(
    ctx: typer.Context,
    site: _Site,
    item: Annotated[list[str], typer.Option("--item", help="Unit code such as L3-CES1-02; may be given again.")],
    check: Annotated[bool, typer.Option("--check", help="Say what would change and change nothing.")] = False,
    host: Annotated[str | None, typer.Option(help="Only this host or group.")] = None,
    json: _Json = False,
) -> None:
    """Run exactly the role tasks that enforce these items. With --check it exits 2 when something would change."""
    from cli.phases import play

    enforced = _enforcers(item)
    context, progress = join_site(ctx.obj, site), Progress(json)
    playbooks = dict.fromkeys(name for part in enforced for name in part.playbooks)
    rows = []
    for name in playbooks:
        with progress.phase(f"{'checking' if check else 'fixing'} {', '.join(item)} by {name}"):
            done = play(context, name, progress.say, tags=",".join(item), check=check, limit=host)
        rows += [(name, known, stats.ok, stats.changed) for known, stats in sorted(done.hosts.items())]
    _show_fix(item, enforced, rows, check, json)
    if check and any(changed for *_, changed in rows):
        raise typer.Exit(2)


def _enforcers(items: list[str]) -> list[Enforcer]:
    """The roles that enforce the items; an item that none enforces is the caller's mistake and names what is known."""
    from inventory.error import bad_input
    from playbooks.enforcement import enforcers

    known = enforcers()
    missing = [item for item in items if item not in known]
    if missing:
        raise bad_input(
            f"no role enforces {', '.join(missing)}",
            f"a person does what `audit run` says of it; roles enforce {', '.join(known)}",
        )
    return [part for item in items for part in known[item]]


def _show_fix(
    items: list[str], enforced: list[Enforcer], rows: list[tuple[str, str, int, int]], check: bool, json: bool
) -> None:
    if json:
        hosts = [{"playbook": p, "host": h, "ok": ok, "changed": changed} for p, h, ok, changed in rows]
        print_json({"items": items, "check": check, "roles": enforced, "hosts": hosts})
        return
    tasks = [(part.item, part.role, "\n".join(part.tasks)) for part in enforced]
    print_table("Enforced by", ("item", "role", "tasks"), tasks)
    print_table("Would change" if check else "Changed", ("playbook", "host", "tasks", "changed"), rows)


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


def _opened(path: Path) -> Snapshot:
    """A snapshot's file, or the sealed bundle that holds one; refused when a byte of it was changed."""
    from compliance.snapshot import load
    from inventory.error import bad_input, refused
    from monitors import seal

    if not path.is_dir() and path.suffix != ".tar":
        return load(_text(path))
    checked = seal.verify(path, None)
    if not checked.intact:
        lines = "\n".join(f"  {flaw.where}: {flaw.what.value}: {flaw.detail}" for flaw in checked.flaws[:5])
        raise refused(f"{path} is not what was sealed:\n{lines}", "get the bundle again from who sealed it")
    text = checked.bundle.text("snapshot.json")
    if text is None:
        raise bad_input(f"{path} holds no snapshot.json", "name an audit's bundle")
    return load(text)


def _text(path: Path) -> str:
    from inventory.error import bad_input

    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise bad_input(f"cannot read {path}: {error.strerror}", "name a snapshot.json") from None
