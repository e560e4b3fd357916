"""A command for every fault of the lab, made from the fault's own parameters."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from lab.fault import BETWEEN, Aim
from lab.faults import find

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
