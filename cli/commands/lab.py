"""Run a whole site on this machine, and break it (孪生实验环境): up, down, status and faults."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.clouds import KEPT_WITH_MACHINES, forget_clouds
from cli.console import print_json, print_table
from cli.context import open_site
from cli.fault_words import (
    fault_command,
    faults_stay_when_interrupted,
    help_text,
    say_action,
    show_schedule,
    show_storm,
)
from cli.progress import Progress
from lab.faults import kinds

if TYPE_CHECKING:  # imported inside the functions, so that --help stays fast
    from lab.event import Event, OnEvent, Times
    from lab.lab import Lab
    from lab.status import LabStatus

app = typer.Typer(no_args_is_help=True, help=__doc__, rich_markup_mode=None)
SiteName = Annotated[str, typer.Argument(metavar="SITE", help="A blueprint's name or a folder.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]


@app.command()
def up(ctx: typer.Context, site: SiteName, json: Json = False) -> None:
    """Bring the bare machines and lines up; on a running lab, only what is missing."""
    found, progress = _open(ctx, site), Progress(json)
    told, times = _listen(progress)
    with progress.phase(f"lab {found.name}"):
        status = found.up(told)
    _show(status, json, times)


@app.command()
def down(ctx: typer.Context, site: SiteName, json: Json = False) -> None:
    """Remove the lab: machines and their disks, lines, namespaces, the state of their clouds; keys, results, saves and
    cached images stay."""
    found, progress = _open(ctx, site), Progress(json)
    with progress.phase(f"lab {found.name} down"):
        found.down(lambda event: progress.say(_words(event)))
        forget_clouds(open_site(ctx.obj, site))
    if json:
        print_json({"name": found.name, "gone": True})


@app.command()
def status(ctx: typer.Context, site: SiteName, json: Json = False) -> None:
    """What runs and what is broken on purpose."""
    _show(_open(ctx, site).status(), json)


@app.command()
def heal(
    ctx: typer.Context,
    site: SiteName,
    target: Annotated[str | None, typer.Argument(help="A line, conduit, machine, place or pair a/b.")] = None,
    fault: Annotated[str | None, typer.Option(help="Only this kind of fault, for example cut.")] = None,
    json: Json = False,
) -> None:
    """Undo the faults of a line, conduit, machine, place or pair; without a name, all of them."""
    found, progress = _open(ctx, site), Progress(json)
    with progress.phase(f"heal {target or 'everything'}"):
        found.heal(target, fault, lambda event: progress.say(_words(event)))
    _show(found.status(), json)


@app.command()
def save(ctx: typer.Context, site: SiteName, name: str, json: Json = False) -> None:
    """Keep the lab as it is now under a name: machines stop cleanly, their disks are frozen, they start again."""
    found, progress = _open(ctx, site), Progress(json)
    told, times = _listen(progress)
    with progress.phase(f"lab {found.name} save {name}"):
        status = found.save(name, KEPT_WITH_MACHINES, told)
    _show(status, json, times)


@app.command()
def restore(ctx: typer.Context, site: SiteName, name: str, json: Json = False) -> None:
    """Bring the lab back as it was saved, whether it is up or down; what happened since is lost, results stay."""
    found, progress = _open(ctx, site), Progress(json)
    told, times = _listen(progress)
    with progress.phase(f"lab {found.name} restore {name}"):
        status = found.restore(name, told)
    _show(status, json, times)


@app.command()
def saves(ctx: typer.Context, site: SiteName, json: Json = False) -> None:
    """What has been saved, and how much of the disk it takes."""
    found = _open(ctx, site).saves()
    rows = [(save.name, save.made, len(save.machines), mb) for save, mb in found]
    if json:
        print_json([dict(zip(("name", "made", "machines", "disk_mb"), row, strict=True)) for row in rows])
    else:
        print_table("saves", ("name", "made", "machines", "MB (shared between saves)"), rows)


@app.command()
def forget(ctx: typer.Context, site: SiteName, name: str, json: Json = False) -> None:
    """Delete a save; disks that other saves or the running machines stand on stay with those."""
    _open(ctx, site).forget(name)
    saves(ctx, site, json)


@app.command()
def storm(
    ctx: typer.Context,
    site: SiteName,
    seed: Annotated[int, typer.Option(help="The same seed gives the same storm.")] = 1,
    minutes: Annotated[float, typer.Option(min=0.1, max=1440, help="How long it lasts.")] = 5.0,
    only: Annotated[str, typer.Option(help="Kinds of fault, with commas: kill,cut. (default: all)")] = "",
    exclude: Annotated[str, typer.Option(help="Lines, conduits, machines, places to spare, with commas.")] = "",
    gap: Annotated[float, typer.Option(min=0.2, help="Mean seconds from one fault to the next.")] = 8.0,
    shortest: Annotated[float, typer.Option(min=0.5, help="Seconds that a fault lasts at least.")] = 4.0,
    longest: Annotated[float, typer.Option(min=0.5, help="Seconds that a fault lasts at most.")] = 30.0,
    most: Annotated[int, typer.Option(min=1, help="Faults at once, at most.")] = 3,
    most_down: Annotated[int, typer.Option(min=0, help="Machines without power or frozen at once, at most.")] = 1,
    most_apart: Annotated[int, typer.Option(min=0, help="Places isolated or parted at once, at most.")] = 1,
    replay: Annotated[Path | None, typer.Option(help="Do the storm of this file again; all else is ignored.")] = None,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Print the schedule, touch nothing.")] = False,
    json: Json = False,
) -> None:
    """Break things at random, as the seed has it, and heal each again; at the end everything is healed and checked.

    Interrupted, it leaves its faults standing: `medcloud lab heal SITE` ends them.
    """
    from lab.schedule import Options, schedule
    from lab.storm import recorded, ride
    from lab.wiring import plan

    context, (kept, spared) = open_site(ctx.obj, site), [tuple(filter(None, t.split(","))) for t in (only, exclude)]
    options = Options(seed, minutes, kept, spared, gap, shortest, longest, most, most_down, most_apart)
    strikes = recorded(replay) if replay else schedule(plan(context.site), options)
    if plan_only:
        show_schedule(strikes, json)
        return
    about = {"site": site, "replays": str(replay)} if replay else {"site": site, **vars(options)}
    path = context.state / "storms" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.jsonl"
    with Progress(json).phase(f"storm of {len(strikes)} faults"), faults_stay_when_interrupted(site):
        result = ride(_open(ctx, site), strikes, about, path, lambda action: None if json else say_action(action))
    show_storm(result, json)


def _break(ctx: typer.Context, site: str, kind: str, target: str, params: dict[str, Any], json: bool) -> None:
    found = _open(ctx, site)
    found.strike(kind, target, **params)
    _show(found.status(), json)


for _kind in kinds():
    app.command(_kind, help=help_text(_kind))(fault_command(_kind, _break))


def _open(ctx: typer.Context, site: str) -> Lab:
    from lab.lab import Lab

    context = open_site(ctx.obj, site)
    return Lab(context.site, context.name, context.state, context.cache, os.environ)


def _listen(progress: Progress) -> tuple[OnEvent, Times]:
    """Somebody to tell, and what took how long."""
    from lab.event import Times

    times = Times()

    def told(event: Event) -> None:
        times.note(event)
        progress.say(_words(event))

    return told, times


def _words(event: Event) -> str:
    seconds = f" ({event.seconds:.1f} s)" if event.seconds else ""
    return f"{event.stage} {event.subject}: {event.status}{seconds}"


def _show(result: LabStatus, json: bool, times: Times | None = None) -> None:
    took = times.found if times else {}
    if json:
        sums = {"up": result.up, "memory_mb": result.memory_mb, "disk_mb": result.disk_mb}
        print_json({**sums, **vars(result), **({"seconds": took} if times else {})})
        return
    _print_tables(result)
    for fault in result.faults:
        ending = " (ends as soon as the machine has power)" if fault.healing else ""
        print(f"on purpose since {fault.since}: {fault.sentence}{ending}")
    if took:
        print("took: " + " · ".join(f"{what} {seconds:.1f} s" for what, seconds in took.items()))


def _print_tables(result: LabStatus) -> None:
    machines: list[tuple[object, ...]] = [
        (m.name, m.kind, m.address, "runs" if m.running else "off", m.memory_mb, m.disk_mb) for m in result.machines
    ]
    machines.append(("in all", "", "", "", result.memory_mb, result.disk_mb))
    print_table(f"lab {result.name}", ("machine", "kind", "management", "", "memory MB", "disk MB"), machines)
    lines = [
        (x.name, x.a, x.b, x.state, f"{x.delay_ms:g}", f"{x.jitter_ms:g}", f"{x.bandwidth_mbit:g}", x.loss_percent)
        for x in result.lines
    ]
    print_table("lines", ("line", "from", "to", "", "ms", "± ms", "Mbit/s", "loss %"), lines)
