"""What a user may say about a drill plan, and the plan that it means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cli.context import SiteContext
    from dr.plan import Acceptance, Mode, Plan
    from dr.planner import Wish

PlanName = Annotated[str | None, typer.Argument(help="A plan's name, as `drill list` shows it; else say --from.")]
From = Annotated[str | None, typer.Option("--from", help="Centre that serves now, or that is lost.")]
To = Annotated[
    str | None, typer.Option("--to", help="Centre that takes over; left out: --from is lost, nothing moves.")
]
System = Annotated[list[str] | None, typer.Option("--system", help="Only this system; may be repeated.")]
ModeName = Annotated[
    str | None,
    typer.Option(
        "--mode",
        help="tabletop, test, planned, unplanned, outage (in earnest: it is gone already), failback or restore.",
    ),
]
Walks = Annotated[str | None, typer.Option(help="The mode that a tabletop walks (by default unplanned).")]
Whole = Annotated[bool, typer.Option(help="Start every cold standby too: the whole hospital.")]
Returning = Annotated[bool, typer.Option(help="The lost centre comes back in the middle.")]
LostHosts = Annotated[int, typer.Option(min=0, help="Assume that so many of the target's hosts are lost too.")]
At = Annotated[
    str | None,
    typer.Option("--at", help="Restore to this moment (ISO 8601 with time zone) and leave the copy standing."),
]
Accept = Annotated[list[str] | None, typer.Option(help="A named agreement: shedding=NAME, half-dead=NAME (outage).")]


def wished(context: SiteContext, name: str | None, **said: Any) -> Wish:
    """The wish that a plan's name and the options make; MedcloudError (bad input) for what contradicts itself."""
    from dataclasses import replace

    from dr.planner import Wish, standard_wish
    from inventory.error import bad_input

    mode = _mode(said["mode"]) if said["mode"] else None
    walks = _mode(said["walks"]) if said["walks"] else None
    if name is None and said["source"] is None:
        raise bad_input("which plan?", f"a name (medcloud drill list {context.site.name}), or --from, --to and --mode")
    if name is not None and (said["source"] or said["target"]):
        raise bad_input(f"{name} has its own centres", "give either a plan's name or --from and --to")
    if name is None and mode is None:
        raise bad_input("in which mode?", "--mode tabletop, test, planned, unplanned, outage or failback")
    if name is not None:
        wish = standard_wish(context.site, name)
        wish = _in_mode(wish, mode) if mode else wish
    else:
        assert mode is not None
        wish = Wish(said["source"], said["target"], mode)
    extra: dict[str, Any] = {key: said[key] for key in ("whole", "returning", "lost_hosts") if said[key]}
    systems, accepted = tuple(said["systems"] or ()), tuple(_acceptance(text) for text in said["accept"] or ())
    extra |= {"systems": systems} if systems else {}
    extra |= {"walks": walks} if walks else {}
    extra |= {"moment": _moment(said["at"], wish)} if said.get("at") else {}
    if name and extra:
        extra["name"] = ""  # it is another drill than the standard one
    return replace(wish, accepted=accepted, **extra)


@contextmanager
def guarded() -> Iterator[None]:
    """Before something moves, a wrong word is a guard's refusal like any other: nothing was touched."""
    from inventory.error import MedcloudError, refused

    try:
        yield
    except MedcloudError as error:
        if error.code != "input":
            raise
        raise refused(error.message, error.hint) from None


def planned(context: SiteContext, wish: Wish) -> Plan:
    """The plan of that wish, with the site's own changes."""
    from dr import overrides
    from dr.planner import plan_for

    return plan_for(context.site, wish, overrides.folder(context.site.name, context.folder))


def _in_mode(wish: Wish, mode: Mode) -> Wish:
    """A standard plan in another mode; at the table it is walked as it is."""
    from dataclasses import replace

    from dr.plan import Mode

    if mode is wish.mode:
        return wish
    if mode is Mode.TABLETOP:
        return replace(wish, mode=mode, walks=wish.mode, name=f"{wish.name}-tabletop")
    return replace(wish, mode=mode, name="")


def _mode(text: str) -> Mode:
    from dr.plan import Mode
    from inventory.checks.finding import nearest
    from inventory.error import bad_input

    if text not in [mode.value for mode in Mode]:
        raise bad_input(f"no mode `{text}`", nearest(text, [mode.value for mode in Mode]))
    return Mode(text)


def _moment(text: str, wish: Wish) -> str:
    from datetime import UTC, datetime

    from dr.plan import Mode
    from inventory.error import bad_input

    if wish.mode is not Mode.RESTORE:
        raise bad_input("--at names the moment of a restore", "medcloud drill run SITE restore-SYSTEM --at MOMENT")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad_input(f"`{text}` is no moment", "for example 2026-11-22T03:10:00+08:00") from None
    if moment.tzinfo is None:
        raise bad_input(f"{text} names no time zone", f"for example {text}+08:00")
    if moment > datetime.now(UTC):
        raise bad_input(f"{text} lies in the future")
    return moment.isoformat()


def _acceptance(text: str) -> Acceptance:
    from dr.plan import HALF_DEAD, SHEDDING, Acceptance
    from inventory.error import bad_input

    what, _, who = text.partition("=")
    if what not in (SHEDDING, HALF_DEAD) or not who.strip():
        hint = f"--accept {SHEDDING}=NAME or --accept {HALF_DEAD}=NAME, with the name of who agreed"
        raise bad_input(f"`{text}` is no agreement", hint)
    return Acceptance(what=what, by=who.strip())
