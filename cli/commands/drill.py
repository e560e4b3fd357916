"""Rehearse changing sides between centres: list, plan, run, stop, resume, undo, show (容灾演练)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.approving import approve, enrol
from cli.calendar import admit, calendar
from cli.console import note, print_json, print_table
from cli.context import open_site
from cli.drill_session import drills_of, see_through
from cli.drill_view import show_difference, show_plan
from cli.drill_wish import (
    Accept,
    At,
    From,
    LostHosts,
    ModeName,
    PlanName,
    Returning,
    System,
    To,
    Walks,
    Whole,
    guarded,
    planned,
    wished,
)  # fmt: skip
from cli.switching import allow, stop, undo, worker

if TYPE_CHECKING:
    from cli.context import SiteContext
    from dr.engine import Engine
    from dr.result import DrillResult
    from dr.runs import Run

app = typer.Typer(no_args_is_help=True, help=__doc__)
SiteName = Annotated[str, typer.Argument(help="A blueprint's name or a folder.")]
RunId = Annotated[str | None, typer.Argument(help="A run's id; left out: the unfinished one, else the last.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")]


@app.command("list")
def list_plans(ctx: typer.Context, site: SiteName, json: Json = False) -> None:
    """The plans that can be computed from the model, and the runs so far."""
    from dr import planner, runs
    from dr.plan import Plan

    context = open_site(ctx.obj, site)
    every, (past, broken) = planner.every(context.site), runs.readable(drills_of(ctx.obj, context))
    plans = [plan for plan in every.values() if isinstance(plan, Plan)]
    refused = {name: str(why) for name, why in every.items() if not isinstance(why, Plan)}
    if json:
        told = {"plans": [_summary(p) for p in plans], "runs": [_run_summary(run) for run in past]}
        print_json(told | {"refused": refused, "unreadable": broken})
        return
    rows = [(p.name, p.mode, f"{p.source} → {p.target}", len(p.steps), ", ".join(p.moved)) for p in plans]
    print_table(f"{site}: drill plans", ("plan", "mode", "from → to", "steps", "moves"), rows)
    began = [(r.run_id, r.state, r.lines[0]["at"][:19]) for r in past]
    print_table("runs", ("run", "state", "began (UTC)"), began + [(name, "unreadable", "") for name in broken])
    for name, why in (refused | dict(broken)).items():
        note(f"{name}: {why}")


@app.command()
def plan(
    ctx: typer.Context,
    site: SiteName,
    name: PlanName = None,
    source: From = None,
    target: To = None,
    systems: System = None,
    mode: ModeName = None,
    walks: Walks = None,
    whole: Whole = False,
    returning: Returning = False,
    lost_hosts: LostHosts = 0,
    accept: Accept = None,
    at: At = None,
    diff: Annotated[bool, typer.Option("--diff", help="What the site's own file changes about it.")] = False,
    json: Json = False,
) -> None:
    """The steps of a plan in order: what waits for what, how long it will take, whom it leaves out."""
    context = open_site(ctx.obj, site)
    wish = wished(
        context, name, source=source, target=target, systems=systems, mode=mode, walks=walks, whole=whole,
        returning=returning, lost_hosts=lost_hosts, accept=accept, at=at,
    )  # fmt: skip
    found = planned(context, wish)
    show_difference(context, wish, found, json) if diff else show_plan(context, found, json)


@app.command()
def run(
    ctx: typer.Context,
    site: SiteName,
    name: PlanName = None,
    source: From = None,
    target: To = None,
    systems: System = None,
    mode: ModeName = None,
    walks: Walks = None,
    whole: Whole = False,
    returning: Returning = False,
    lost_hosts: LostHosts = 0,
    accept: Accept = None,
    at: At = None,
    require_approvals: Annotated[
        bool, typer.Option(help="Ask two approvers first (`drill approve`); off unless the plan asks by itself.")
    ] = False,
    override_window: Annotated[
        str | None, typer.Option(help="Run outside the ward-safe windows for this reason, which is journaled.")
    ] = None,
    json: Json = False,
) -> None:
    """Run a plan now and measure it. Ctrl-C holds it."""
    from dr.consent import asking

    with guarded():
        opened = open_site(ctx.obj, site)
        wish = wished(
            opened, name, source=source, target=target, systems=systems, mode=mode, walks=walks, whole=whole,
            returning=returning, lost_hosts=lost_hosts, accept=accept, at=at,
        )  # fmt: skip
        found = planned(opened, wish)
    found = asking(found) if require_approvals else found

    def start(engine: Engine, context: SiteContext) -> DrillResult:
        return engine.run(context.site, found, circumstances=admit(ctx.obj, context, found, override_window))

    see_through(ctx, site, json, start)


@app.command()
def resume(ctx: typer.Context, site: SiteName, run_id: RunId = None, json: Json = False) -> None:
    """Go on with a run that was held or whose orchestrator died."""
    see_through(ctx, site, json, lambda engine, context: engine.resume(run_id))


@app.command()
def show(ctx: typer.Context, site: SiteName, run_id: RunId = None, json: Json = False) -> None:
    """What a run did and measured; its journal's chain is verified while reading."""
    from cli.timeline import print_result, print_steps
    from dr import runs
    from dr.result import load_result
    from inventory.error import bad_input

    drills = drills_of(ctx.obj, open_site(ctx.obj, site))
    past = runs.every(drills)
    chosen = runs.load(drills, run_id) if run_id else next(iter(past[::-1]), None)
    if chosen is None:
        raise bad_input(f"{site} has no drill run yet", f"medcloud drill run {site} <plan>")
    result = load_result(chosen.folder / "result.json") if chosen.state is runs.State.FINISHED else None
    if json:
        print_json(_run_summary(chosen) | {"result": result, "journal": chosen.lines})
        return
    print_steps(chosen.lines, [call.name for call in chosen.plan.steps])
    print(f"{chosen.run_id}: {chosen.state} · journal {len(chosen.lines)} lines, chain unbroken · {chosen.folder}")
    for held in chosen.progress.holds if chosen.state is runs.State.HELD else ():
        print(f"held at {held['step'] or 'a safe moment'}: {held['error']}\n  then: {held['next']}")
        print_json(held["state_of_things"])
    if result:
        print_result(result)


app.command()(approve)
app.command()(enrol)
app.command()(calendar)
app.command()(stop)
app.command()(allow)
app.command()(undo)
app.command()(worker)


def _summary(plan: Any) -> dict[str, Any]:
    keys = {"name", "mode", "source", "target", "moved", "started", "stranded", "left_out"}
    return dict(plan.model_dump(mode="json", include=keys)) | {
        "steps": [call.name for call in plan.steps],
        "hash": plan.hash,
    }


def _run_summary(run: Run) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "plan": run.plan.name,
        "state": run.state,
        "began": run.lines[0]["at"],
        "folder": run.folder,
    }
