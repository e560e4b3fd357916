"""One look at the whole site: hosts, lines, databases, archives, clouds (全站状态)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import print_json, print_table
from cli.context import join_site
from cli.looking import facts_of, shell_of

if TYPE_CHECKING:
    from monitors.facts import Facts

Row = tuple[str, str, str, str]


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Read everything once, change nothing. Exit 1 when something is down or could not be read."""
    context = join_site(ctx.obj, site)
    with shell_of(context) as shell:
        facts = facts_of(context, shell)
    rows = [*_hosts(facts), *_lines(facts), *_clusters(facts), *_plain(facts)]
    if json:
        print_json(facts)
    else:
        print_table(f"{site}, read in {facts.seconds:.1f} s", ("what", "", "state", "detail"), rows)
    if any(row[2] != "ok" for row in rows):
        raise typer.Exit(1)


def _hosts(facts: Facts) -> Iterator[Row]:
    from monitors.reading import Unread

    for name, state in facts.hosts.items():
        if isinstance(state, Unread):
            yield ("host", name, "UNREAD", state.why)
        else:
            failed = ", ".join(state.failed)
            yield ("host", name, "FAILED UNITS" if failed else "ok", failed)


def _lines(facts: Facts) -> Iterator[Row]:
    from monitors.reading import Unread

    for name, ends in facts.lines.items():
        if isinstance(ends, Unread):
            yield ("lines", name, "UNREAD", ends.why)
            continue
        down = [end for end in ends if not end.up]
        detail = ", ".join(f"{end.link}: BFD {end.bfd}, BGP {end.bgp}" for end in down) or f"{len(ends)} lines up"
        yield ("lines", name, "DOWN" if down else "ok", detail)


def _clusters(facts: Facts) -> Iterator[Row]:
    from monitors.reading import Unread

    for name, cluster in facts.clusters.items():
        if isinstance(cluster, Unread):
            yield ("database", name, "UNREAD", cluster.why)
            continue
        lags = ", ".join(f"{m.centre}: {m.role} {m.state} {m.lag_bytes} B behind" for m in cluster.members)
        healthy = cluster.leader is not None and not cluster.unread
        yield ("database", name, "ok" if healthy else "DEGRADED", f"leader {cluster.leader}; {lags}")


def _plain(facts: Facts) -> Iterator[Row]:
    from monitors.reading import Unread

    for what, found in (("archive", facts.pacs), ("cloud", facts.clouds)):
        for name, state in found.items():
            unread = isinstance(state, Unread)
            yield (what, name, "UNREAD" if unread else "ok", state.why if isinstance(state, Unread) else "")
