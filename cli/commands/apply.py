"""Make the site as the model says: hosts, routers, private clouds, instances, databases (建设与收敛)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cli.clouds import over_centres, summary_columns, summary_rows
from cli.console import plain, print_json, print_table
from cli.context import SiteContext, join_site
from cli.guests import learn_host_keys
from cli.looking import keep
from cli.phases import AFTER_CLOUDS, BEFORE_CLOUDS, PhaseResult, timed
from cli.progress import Progress
from inventory.error import MedcloudError


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    only: Annotated[str | None, typer.Option(help="Only these phases, separated by commas.")] = None,
    harden: Annotated[bool, typer.Option(help="Hosts get the graded-protection baseline too (等保加固).")] = True,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Run every phase; what is as declared stays untouched. Interrupted? Run it again: it goes on where it was."""
    context, progress = join_site(ctx.obj, site), Progress(quiet=False)
    wanted = _wanted(only)
    done: list[PhaseResult] = []
    stacks: list[Any] = []
    for phase in BEFORE_CLOUDS:
        if phase.name in wanted:
            with progress.phase(phase.title):
                done.append(phase.run(context, progress.say, harden))
    if "stacks" in wanted:
        with progress.phase("networks, instances and volumes (云资源)"):
            done.append(timed("stacks", "cloud resources", lambda: _apply_stacks(context, progress, stacks)))
    if "keys" in wanted:
        with progress.phase("host keys of the instances (实例主机密钥)"):
            done.append(timed("keys", "host keys", lambda: learn_host_keys(context, progress.say)))
    for phase in AFTER_CLOUDS:
        if phase.name in wanted:
            with progress.phase(phase.title):
                done.append(phase.run(context, progress.say, harden))
    summary = _summary(context, done, stacks)
    _save(context, summary)
    _show(summary, done, stacks, json)


def _wanted(only: str | None) -> tuple[str, ...]:
    names = (*(p.name for p in BEFORE_CLOUDS), "stacks", "keys", *(p.name for p in AFTER_CLOUDS))
    wanted = tuple(only.split(",")) if only else names
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise MedcloudError(f"no phase is called {unknown[0]!r}", f"there are: {', '.join(names)}", "input")
    return wanted


def _apply_stacks(context: SiteContext, progress: Progress, results: list[Any]) -> int:
    from stacks import deploy

    results += over_centres(context, deploy.apply, progress.say)
    return sum(len(result.changes) for result in results)


def _summary(context: SiteContext, done: list[PhaseResult], stacks: list[Any]) -> dict[str, Any]:
    """What was applied: phases, and per centre the resources by kind with the real machines and the counted ones."""
    from inventory.placement import Runs, instances

    centres = []
    for result in stacks:
        kinds = sorted({resource.kind for resource in result.resources})
        placed = instances(context.site, result.centre)
        centres.append(
            {
                "centre": result.centre,
                "seconds": result.seconds,
                "operations": {op.value: count for op, count in result.counts.items()},
                "resources": {kind: sum(r.kind == kind for r in result.resources) for kind in kinds},
                "machines": [i.name for i in placed if i.runs is Runs.MACHINE],
                "counted": sum(i.runs is Runs.COUNTED for i in placed),
            }
        )
    return {
        "site": context.site.name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "changed": sum(phase.changed for phase in done),
        "phases": plain(done),
        "centres": centres,
    }


def _save(context: SiteContext, summary: dict[str, Any]) -> None:
    """Keep the summary for reports; a run of some phases only does not replace what a whole one said."""
    if summary["centres"]:
        keep(context.state / "apply.json", summary)


def _show(summary: dict[str, Any], done: list[PhaseResult], stacks: list[Any], as_json: bool) -> None:
    if as_json:
        print_json(summary)
        return
    print_table("Phases", ("phase", "changed", "seconds"), [(p.title, p.changed, f"{p.seconds:.1f}") for p in done])
    if stacks:
        print_table("Clouds", summary_columns(), summary_rows(stacks))
        for centre in summary["centres"]:
            print(
                f"{centre['centre']}: {len(centre['machines'])} instances are real machines, {centre['counted']} are "
                "placed and counted on Nova's fake driver (nothing boots there)"
            )
