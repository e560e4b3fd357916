"""The drill calendar at the terminal: what is due, when a drill may run, and the guard in front of one."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import print_json, print_table
from cli.context import Settings, SiteContext, open_site
from cli.disaster import in_lab
from cli.drill_session import drills_of

if TYPE_CHECKING:
    from dr.calendar import Duty, Opening
    from dr.plan import Plan

_REHEARSAL = "a rehearsal: the site's lab runs on this machine and no ward works on it"


def admit(settings: Settings, context: SiteContext, plan: Plan, override: str | None) -> dict[str, Any]:
    """What the journal tells of the drill's window; refused outside one, except in the site's lab."""
    from dr.result import load_results
    from dr.window import admit

    results = load_results(drills_of(settings, context))
    rehearsal = _REHEARSAL if in_lab(context) else None
    return {"window": admit(context.site, plan, results, datetime.now(UTC), override, rehearsal)}


def calendar(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")] = False,
) -> None:
    """Drills and restore tests that are due, and the next ward-safe windows."""
    from dr.calendar import duties, opening_now, openings
    from dr.planner import available
    from dr.proof import latest, restores
    from dr.result import load_results

    context, now = open_site(ctx.obj, site), datetime.now(UTC)
    results = load_results(drills_of(ctx.obj, context))
    found = duties(context.site, available(context.site), results, latest(restores(results)), now)
    soon = list(islice(openings(context.site.recovery, now), 5))
    if json:
        print_json({"duties": found, "windows": soon, "open_now": opening_now(context.site.recovery, now) is not None})
        return
    print_table(f"{site}: duties", ("due", "what", "of", "every", "last", "state"), [_row(duty) for duty in found])
    print_table(f"windows ({context.site.recovery.time_zone})", ("from", "until"), [_span(item) for item in soon])


def _row(duty: Duty) -> tuple[object, ...]:
    last = f"{duty.last:%Y-%m-%d} ({duty.run})" if duty.last else "never"
    due = f"{duty.due:%Y-%m-%d}" if duty.last else "now"
    return due, duty.kind, duty.subject, f"{duty.every.days} d", last, duty.state


def _span(item: Opening) -> tuple[str, str]:
    return f"{item.begin:%a %Y-%m-%d %H:%M}", f"{item.end:%a %Y-%m-%d %H:%M}"
