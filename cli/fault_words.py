"""The lab's faults in words: a command for every fault, made from its own parameters, and what a storm tells."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import note, print_json, print_table
from lab.fault import BETWEEN, Aim
from lab.faults import find

if TYPE_CHECKING:
    from lab.schedule import Strike
    from lab.storm import Action, Result

_TARGETS = {
    Aim.LINE: {"line": "A line's name, or a conduit's (`path`) for every line in it."},
    Aim.MACHINE: {"machine": "A machine's name."},
    Aim.PLACE: {"place": "A centre's or campus's name."},
    Aim.PAIR: {"place": "A centre's or campus's name.", "other": "Another one's name."},
}
Break = Callable[[typer.Context, str, str, str, dict[str, Any], bool], None]


def help_text(kind: str) -> str:
    """What the fault's file says first."""
    return inspect.getdoc(sys.modules[find(kind).__module__]) or kind


def fault_command(kind: str, strike: Break) -> Callable[..., None]:
    """A function that typer can turn into the fault's command: SITE TARGET [OTHER] --parameters --json."""
    cls = find(kind)
    aims, params = _TARGETS[cls.aim], dataclasses.fields(cls)

    def command(**given: Any) -> None:
        target = BETWEEN.join(given[name] for name in aims)
        strike(given["ctx"], given["site"], kind, target, {p.name: given[p.name] for p in params}, given["json"])

    words = [
        ("ctx", typer.Context, inspect.Parameter.empty),
        ("site", Annotated[str, typer.Argument(metavar="SITE", help="A blueprint's name or a folder.")], _NONE),
        *((name, Annotated[str, typer.Argument(help=text)], _NONE) for name, text in aims.items()),
        *((p.name, _option(p), _NONE if p.default is dataclasses.MISSING else p.default) for p in params),
        ("json", Annotated[bool, typer.Option("--json", help="Machine-readable result.")], False),
    ]
    kinds = inspect.Parameter.KEYWORD_ONLY
    signature = [inspect.Parameter(name, kinds, annotation=hint, default=default) for name, hint, default in words]
    command.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    command.__annotations__ = {name: hint for name, hint, _ in words}
    return command


_NONE = inspect.Parameter.empty


def _option(field: dataclasses.Field[Any]) -> Any:
    """The option of one parameter; its bounds are checked where the fault is made."""
    meta = field.metadata
    limits = f" ({meta['low']:g} to {meta['high']:g})" if "low" in meta else ""
    choices = f" ({', '.join(meta['choices'])})" if meta.get("choices") else ""
    name = f"--{field.name.replace('_', '-')}"
    hint = {"float": float, "int": int, "bool": bool, "str": str}[str(field.type)]
    flags = (name,) if hint is not bool else (name, f"--no-{name[2:]}")
    return Annotated[hint, typer.Option("/".join(flags), help=f"{meta['help']}{limits}{choices}")]


def show_schedule(strikes: Sequence[Strike], json: bool) -> None:
    """What a storm will do."""
    if json:
        print_json({"strikes": list(strikes)})
        return
    rows = [(f"{s.at_s:.1f}", f"{s.heal_s:.1f}", s.kind, s.fault.sentence(s.target)) for s in strikes]
    print_table(f"storm of {len(strikes)} faults", ("from s", "to s", "fault", ""), rows)


def say_action(action: Action) -> None:
    """A deed of a storm as it happens."""
    mark = "✗" if action.error else {"strike": "▼", "heal": "▲"}[action.deed]
    took = f"planned {action.planned_s:.1f}, took {action.done_s - action.begun_s:.1f} s"
    note(f"{action.begun_s:7.1f} s {mark} {action.deed} {action.kind} {action.target} ({took}) {action.error}".rstrip())


@contextmanager
def faults_stay_when_interrupted(site: str) -> Iterator[None]:
    """Say what ends them."""
    try:
        yield
    except KeyboardInterrupt:
        note(f"the storm's faults stand; this ends them: medcloud lab heal {site}")
        raise


def show_storm(result: Result, json: bool) -> None:
    """How it ended; exit code 1 when the lab is not whole again."""
    if json:
        print_json(result)
    else:
        late = f"latest {result.latest_s:.1f} s late"
        print(f"{result.faults} faults, {len(result.failed)} deeds failed, {late}; {result.file}")
        for problem in result.failed:
            print(f"failed: {problem}")
        for problem in result.wrong or ("nothing: every machine answers, every line is up",):
            print(f"wrong: {problem}")
    if result.wrong:
        raise typer.Exit(1)
