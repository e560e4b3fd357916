"""The switches of drills: stop all, allow again, give one up, and be a worker."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from cli.console import note, print_json
from cli.context import open_site
from cli.drill_session import give_up, open_engine, open_store

SiteName = Annotated[str, typer.Argument(help="A blueprint's name or a folder.")]
RunId = Annotated[str | None, typer.Argument(help="A run's id; left out: the unfinished one.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")]


def stop(
    ctx: typer.Context,
    site: SiteName,
    reason: Annotated[str, typer.Option(help="Why; everybody who is refused reads it.")] = "stopped by an operator",
    json: Json = False,
) -> None:
    """Stop switch: running drills hold at the next safe moment, none starts or resumes until `drill allow`."""
    store = open_store(ctx.obj, open_site(ctx.obj, site))
    store.stop(reason)
    running = store.unfinished()
    if json:
        print_json({"site": site, "stopped": reason, "run": running})
        return
    note(f"drills of {site} are stopped: {reason}")
    note(f"{running} holds at its next safe moment" if running else "no drill is running")


def allow(ctx: typer.Context, site: SiteName, json: Json = False) -> None:
    """Release the stop switch: drills may start and be resumed again."""
    store = open_store(ctx.obj, open_site(ctx.obj, site))
    store.allow()
    running = store.unfinished()
    if json:
        print_json({"site": site, "stopped": None, "run": running})
        return
    note(f"drills of {site} are allowed")
    if running:
        note(f"{running} waits: medcloud drill resume {site} {running}")


def undo(
    ctx: typer.Context,
    site: SiteName,
    run_id: RunId = None,
    reason: Annotated[str, typer.Option(help="Why it is given up; it is journaled.")] = "given up by an operator",
    json: Json = False,
) -> None:
    """Give a run up: undo what its plan says is to be undone, newest first; what cannot be undone is told."""
    engine, _, _ = open_engine(ctx, site, quiet=json)
    give_up(engine, run_id, reason, json)


def worker(ctx: typer.Context, site: SiteName) -> None:
    """Serve the site's drills from this machine until Ctrl-C (needs --engine-url): go on where another worker died."""
    engine, context, _ = open_engine(ctx, site, quiet=False)

    def leave(number: int, frame: object) -> None:
        note("leaving: what is at work here comes to its end, others go on")
        engine.leave()

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    note(f"worker of {context.name}; Ctrl-C leaves")
    engine.work()
