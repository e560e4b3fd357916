"""Delete what the stacks made in the clouds of a site; asks first (拆除云资源)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.clouds import over_centres, summary_columns, summary_rows
from cli.console import print_json, print_table
from cli.context import join_site
from cli.progress import Progress
from inventory.error import refused


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    centre: Annotated[str | None, typer.Option(help="Only this centre.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Delete every instance, volume and network that the stacks hold. The private clouds themselves stay."""
    from stacks import deploy

    context, progress = join_site(ctx.obj, site), Progress(quiet=json)
    asked = f"all cloud resources of {site}" + (f" in {centre}" if centre else "")
    if not yes and typer.prompt(f"This deletes {asked}. Type the site's name to go on", err=True) != site:
        raise refused("nothing was deleted: the name did not match", "type the site's name, or give --yes")
    with progress.phase(f"deleting {asked}"):
        results = over_centres(context, deploy.destroy, progress.say, centre)
    if json:
        print_json({"centres": {r.centre: {op.value: n for op, n in r.counts.items()} for r in results}})
    else:
        print_table("Deleted", summary_columns(), summary_rows(results))
