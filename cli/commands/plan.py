"""Show what `apply` would change in the clouds, drift included; exit 2 when there is a change (变更预览)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.clouds import over_centres, summary_columns, summary_rows
from cli.console import print_json, print_table
from cli.context import join_site
from cli.progress import Progress

CHANGES = 2


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    centre: Annotated[str | None, typer.Option(help="Only this centre.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Compare the model with the clouds as they are and say what would be created, updated, replaced or deleted."""
    from stacks import deploy

    context, progress = join_site(ctx.obj, site), Progress(quiet=json)
    with progress.phase("looking at the clouds"):
        results = over_centres(context, deploy.plan, progress.say, centre)
    changes = [change for result in results for change in result.changes]
    if json:
        counts = {result.centre: {op.value: n for op, n in result.counts.items()} for result in results}
        print_json({"changes": changes, "centres": counts, "drifted": sum(len(r.drifted) for r in results)})
    else:
        print_table("What an apply would do", summary_columns(), summary_rows(results))
        rows = [(c.op.value, c.kind, c.name, ", ".join(c.fields), "drift" if c.drift else "") for c in changes]
        if rows:
            print_table("Changes", ("", "kind", "name", "fields", ""), rows)
        else:
            print("The clouds are as the model says: nothing to do.")
    if changes:
        raise typer.Exit(CHANGES)
