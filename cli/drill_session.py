"""A drill driven from the terminal: the engine with its doors, the timeline, Ctrl-C and the exit code."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from cli.access import cloud_access
from cli.console import note, print_json
from cli.context import SiteContext, join_site, open_site
from cli.timeline import Timeline, print_result
from inventory.error import refused

if TYPE_CHECKING:
    from dr.engine import Engine
    from dr.result import DrillResult

INTERRUPTED = 130


def open_engine(ctx: typer.Context, site: str, quiet: bool) -> tuple[Engine, SiteContext]:
    """The site's drill engine, speaking from the operators' network. Raises MedcloudError for a bad model."""
    from cli.disaster import disaster
    from dr.approvers import of_state
    from dr.engine import Engine, Opening
    from dr.opening import open_context
    from dr.store import FolderStore
    from monitors.ssh import Access, Ssh

    who = disaster(open_site(ctx.obj, site))  # before we leave the machine's own network
    context = join_site(ctx.obj, site)
    shell = Ssh(Access(context.key_file, context.known_hosts, connect_timeout=3.0))

    def opened(opening: Opening) -> Any:
        found = open_context(
            opening,
            shell,
            who,
            context.secrets.get,
            lambda centre: cloud_access(context, centre),
            lambda playbook, hosts: played(context, playbook, hosts),
        )
        return dataclasses.replace(found, approvers=of_state(opening.site, context.state))

    return Engine(FolderStore(context.state / "drills"), opened, Timeline(quiet)), context


def played(context: SiteContext, playbook: str, hosts: str) -> dict[str, Any]:
    """Run a playbook on some hosts for a drill's step; MedcloudError naming the tasks that failed."""
    from cli.phases import play

    result = play(context, playbook, lambda text: None, limit=hosts)
    return {"playbook": playbook, "hosts": hosts, "changed": result.changed, "seconds": round(result.seconds, 3)}


def see_through(ctx: typer.Context, site: str, json: bool, act: Callable[[Engine, SiteContext], DrillResult]) -> None:
    """Drive a run to its end; Ctrl-C once holds it at the next safe moment, twice at once (a kill is safe too)."""
    from dr.engine import HeldRun
    from dr.result import Verdict

    engine, context = open_engine(ctx, site, quiet=json)
    if not context.known_hosts.exists():
        raise refused(f"{site} is not up: no host keys in {context.known_hosts}", "bring it up and apply it first")
    asked: list[int] = []

    def hold(number: int, frame: Any) -> None:
        if asked:
            os._exit(INTERRUPTED)
        asked.append(number)
        note("holding at the next safe moment; Ctrl-C again: at once")
        engine.request_hold()

    signal.signal(signal.SIGINT, hold)
    try:
        result = act(engine, context)
    except HeldRun as held:
        if not held.by_person:
            raise
        note(f"{held.message}; go on with: {held.hint}")
        raise typer.Exit(INTERRUPTED) from None
    print_json(result) if json else print_result(result)
    raise typer.Exit(0 if result.verdict is Verdict.MET else 1)
