"""Carrier lines: how they are, and what a ward notices when one is cut (运营商专线)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import note, plain, print_json, print_table
from cli.context import SiteContext, join_site, open_site
from cli.looking import keep, shell_of, stamp
from cli.progress import Progress
from inventory.error import bad_input, refused

if TYPE_CHECKING:
    from cli.disaster import LabDisaster
    from dr.link_drill import Break

app = typer.Typer(no_args_is_help=True, help="Carrier lines: how they are, and what a cut does (运营商专线).")
_Site = Annotated[str, typer.Argument(help="A blueprint's name or a folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]


@app.command()
def status(ctx: typer.Context, site: _Site, json: _Json = False) -> None:
    """BFD and BGP of every line as both its routers see it; exit 1 when one is down or could not be read."""
    from inventory.machines import machines
    from monitors.probes import line
    from monitors.reading import attempt

    context = join_site(ctx.obj, site)
    routers = [m for m in machines(context.site) if m.routes]
    with shell_of(context) as shell:
        seen = {m.name: attempt(m.name, partial(line.read, shell, context.site, m)) for m in routers}
    ends = [end for found in seen.values() if isinstance(found, tuple) for end in found]
    unread = [found for found in seen.values() if not isinstance(found, tuple)]
    if json:
        print_json({"ends": [{**plain(end), "up": end.up} for end in ends], "unread": unread})
    else:
        rows = [(e.link, e.carrier, e.place, e.peer_place, e.bfd, e.bgp, f"{e.uptime:.0f}", e.received) for e in ends]
        print_table("Lines", ("line", "carrier", "at", "to", "BFD", "BGP", "up for s", "prefixes"), rows)
        for missing in unread:
            note(f"{missing.what}: not read: {missing.why}")
    if unread or not all(end.up for end in ends):
        raise typer.Exit(1)


@app.command()
def drill(
    ctx: typer.Context,
    site: _Site,
    line: Annotated[str | None, typer.Option(help="A line (default: the preferred one to production).")] = None,
    conduit: Annotated[str | None, typer.Option(help="A conduit (`path`): all its lines at once.")] = None,
    carrier: Annotated[str | None, typer.Option(help="A carrier: all its lines of the first campus.")] = None,
    cable: Annotated[str | None, typer.Option(help="An access switch's uplink, or the edges' cable.")] = None,
    edge: Annotated[str | None, typer.Option(help="An edge router: its power.")] = None,
    silent: Annotated[
        bool, typer.Option("--silent", help="Swallow everything without a sign; no carrier is lost.")
    ] = False,
    json: _Json = False,
) -> None:
    """Break one thing under a stream of packets every 2 ms, measure the longest gap, heal it. Only in a lab."""
    from cli.disaster import LabDisaster, disaster
    from dr.link_drill import measure_gap

    opened = open_site(ctx.obj, site)
    chosen = _choose(opened, line=line, conduit=conduit, carrier=carrier, cable=cable, edge=edge)
    if silent and chosen.power:
        raise bad_input("a machine without power is not silent: its lines lose their carrier", "leave --silent out")
    breaker = disaster(opened)
    if not isinstance(breaker, LabDisaster):
        raise refused("a line is cut by command only in a lab", f"bring it up: medcloud lab up {site}")
    context, progress = join_site(ctx.obj, site), Progress(quiet=json)
    with progress.phase(f"breaking {chosen.name}"), shell_of(context) as shell:
        gap = measure_gap(
            shell,
            chosen.name,
            chosen.between,
            partial(_strike, breaker, chosen, silent),
            partial(_heal, breaker, chosen),
        )
    path = keep(context.state / "links" / f"{stamp(datetime.now(UTC))}.json", gap)
    if json:
        print_json(gap)
        return
    print(f"{gap.link}: {gap.gap_ms:.0f} ms without an answer, {gap.lost} of {gap.sent} packets lost")
    print(f"(the longest silence before the break was {gap.usual_ms:.0f} ms)")
    note(f"kept: {path}")


def _choose(context: SiteContext, **wanted: str | None) -> Break:
    """The one thing that was named, or the first carrier's line between the first campus and the production centre."""
    from dr import link_drill
    from inventory.model import CentreRole

    site, named = context.site, {what: name for what, name in wanted.items() if name}
    if len(named) > 1:
        raise bad_input(f"one thing is broken at a time, not {' and '.join(named)}", "name one of them")
    for what, name in named.items():
        found: Break = getattr(link_drill, f"break_of_{what}")(site, name)
        return found
    pair = {site.campuses[0].name, site.centre_of_role(CentreRole.PRODUCTION).name}
    first = site.carriers[0].name
    line = next(item for item in site.links if {item.a, item.b} == pair and item.carrier == first)
    return link_drill.break_of_line(site, line.name)


def _strike(breaker: LabDisaster, chosen: Break, silent: bool) -> None:
    for machine in chosen.power:
        breaker.power_off(machine)
    for line in chosen.cut:
        breaker.cut(line, silent)


def _heal(breaker: LabDisaster, chosen: Break) -> None:
    for line in chosen.cut:
        breaker.mend(line)
    for machine in chosen.power:
        breaker.power_on(machine)
