"""A drill driven from the terminal: the engine with its doors, the timeline, Ctrl-C and the exit code."""

from __future__ import annotations

import atexit
import dataclasses
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli.access import cloud_access
from cli.console import note, print_json
from cli.context import Settings, SiteContext, join_site, open_site
from cli.timeline import Pace, Timeline, print_result
from inventory.error import refused

if TYPE_CHECKING:
    from dr.context import Context
    from dr.engine import Engine, Opening
    from dr.plan import Plan
    from dr.result import DrillResult
    from dr.store import Store

INTERRUPTED = 130


def open_engine(ctx: typer.Context, site: str, quiet: bool) -> tuple[Engine, SiteContext, Timeline]:
    """The site's drill engine, speaking from the operators' network. Raises MedcloudError for a bad model."""
    from dr.engine import Engine
    from dr.whereabouts import centre_of_host

    context, doors = open_doors(ctx, site)

    def opened(opening: Opening) -> Context:
        timeline.follow(pace_of(opening.plan, context.state / "drills"))
        return doors(opening)

    timeline = Timeline(quiet)
    atexit.register(timeline.close)
    here = ctx.obj.here or centre_of_host(context.site, socket.gethostname())
    return Engine(open_store(ctx.obj, context), opened, timeline, here=here), context, timeline


def open_doors(ctx: typer.Context, site: str) -> tuple[SiteContext, Callable[[Opening], Context]]:
    """The site seen from the operators' network, and what opens the doors of one of its runs."""
    from cli.disaster import disaster
    from dr.approvers import of_state
    from dr.opening import open_context
    from monitors.ssh import Access, Ssh

    who = disaster(open_site(ctx.obj, site))  # before we leave the machine's own network
    context = join_site(ctx.obj, site)
    shell = Ssh(Access(context.key_file, context.known_hosts, connect_timeout=3.0))

    def opened(opening: Opening) -> Context:
        found = open_context(
            opening,
            shell,
            who,
            context.secrets.get,
            lambda centre: cloud_access(context, centre),
            lambda playbook, hosts: played(context, playbook, hosts),
        )
        return dataclasses.replace(
            found, approvers=of_state(opening.site, context.state), hidden=context.secrets.values
        )

    return context, opened


def pace_of(plan: Plan, drills: Path) -> Pace:
    """What the plan's calls waited for and took in earlier runs."""
    from dr.forecast import forecast
    from dr.result import load_results

    usual = forecast(plan, load_results(drills))
    return Pace({call.name: call.after for call in plan.steps}, usual.steps, usual.total)


def open_store(settings: Settings, context: SiteContext) -> Store:
    """Where the site's runs are kept: its state folder, or the engine's database with the folder as a copy."""
    from dr.shared import SharedStore
    from dr.store import FolderStore

    drills = context.state / "drills"
    return SharedStore(drills, settings.engine_url, context.name) if settings.engine_url else FolderStore(drills)


def drills_of(settings: Settings, context: SiteContext) -> Path:
    """The folder of the site's runs, up to date."""
    store = open_store(settings, context)
    store.refresh()
    return store.drills


def played(context: SiteContext, playbook: str, hosts: str) -> dict[str, Any]:
    """Run a playbook on some hosts for a drill's step; MedcloudError naming the tasks that failed."""
    from cli.phases import play

    result = play(context, playbook, lambda text: None, limit=hosts)
    return {"playbook": playbook, "hosts": hosts, "changed": result.changed, "seconds": round(result.seconds, 3)}


def see_through(ctx: typer.Context, site: str, json: bool, act: Callable[[Engine, SiteContext], DrillResult]) -> None:
    """Drive a run to its end; Ctrl-C asks whether to hold, undo or go on (holds where nobody can be asked)."""
    from dr.engine import HeldRun
    from dr.result import Verdict

    engine, context, timeline = open_engine(ctx, site, quiet=json)
    if not context.known_hosts.exists():
        raise refused(f"{site} is not up: no host keys in {context.known_hosts}", "bring it up and apply it first")
    interrupt = Interrupt(engine, timeline, ask=not json and sys.stdin.isatty())
    signal.signal(signal.SIGINT, interrupt)
    try:
        result = act(engine, context)
    except HeldRun as held:
        if not held.by_person:
            raise
        if interrupt.undo:
            note(f"{held.message}; undoing it")
            give_up(engine, held.run_id, "undone after Ctrl-C", json)
        else:
            note(f"{held.message}; go on with: {held.hint}\n  or give it up: medcloud drill undo {site} {held.run_id}")
        raise typer.Exit(INTERRUPTED) from None
    print_json(result) if json else print_result(result)
    # In earnest nobody measured how long the wards waited; what was lost is still a miss.
    good = (Verdict.MET, Verdict.NOT_MEASURED) if result.mode == "outage" else (Verdict.MET,)
    raise typer.Exit(0 if result.verdict in good else 1)


class Interrupt:
    """What Ctrl-C does. While it asks, what is at work goes on and nothing new begins; Ctrl-C again ends the process at
    once, which is as safe as a kill: `drill resume` goes on."""

    def __init__(self, engine: Engine, timeline: Timeline, ask: bool) -> None:
        self._engine = engine
        self._timeline = timeline
        self._ask = ask
        self._asked = False
        self.undo = False

    def __call__(self, number: int, frame: Any) -> None:
        if self._asked:
            os._exit(INTERRUPTED)
        self._asked = True
        answer = self._answer() if self._ask else "h"
        if answer == "g":
            self._asked = False
            note("going on")
            return
        self.undo = answer == "u"
        note("holding at the next safe moment; Ctrl-C again: at once")
        self._engine.request_hold()

    def _answer(self) -> str:
        self._timeline.pause(True)
        note("\nCtrl-C: [h]old (resume later), [u]ndo and give up, [g]o on?")
        try:
            return (input("h/u/g [h] > ").strip().lower() or "h")[0]
        except EOFError:
            return "h"
        finally:
            self._timeline.pause(False)


def give_up(engine: Engine, run_id: str | None, reason: str, json: bool) -> None:
    """Undo a run and tell what was undone and what was left."""
    done = engine.abandon(run_id, reason)
    if json:
        print_json(done)
        return
    note(f"{done.run_id} is given up; undone: {', '.join(done.undone) or 'nothing had to be'}")
    for step, why in done.left.items():
        note(f"  LEFT, mend it by hand: {step}: {why}")
