"""Say what the model says about a system, centre, campus, link or zone (解释模型)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import print_json


def command(
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    name: Annotated[str | None, typer.Argument(help="What to explain; without it, what there is.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Addresses, instances, protection and dependents of one thing, and the line where it was written."""
    from inventory.explain import explain, names
    from inventory.load import read_site

    loaded = read_site(site)
    if name is None:
        _print_names(names(loaded.site), json)
        return
    found = explain(loaded.site, name)
    marks = [loaded.document.mark(item.loc) for item in found]
    if json:
        print_json(
            [
                {"kind": e.kind, "name": e.name, "title": e.title, "file": m.file, "line": m.line, "facts": e.facts}
                for e, m in zip(found, marks, strict=True)
            ]
        )
        return
    for item, mark in zip(found, marks, strict=True):
        print(f"{item.kind} {item.name} · {item.title} ({mark.file}:{mark.line})")
        for label, value in item.facts.items():
            _print_fact(label, value)


def _print_fact(label: str, value: str | list[str]) -> None:
    lines = [value] if isinstance(value, str) else value
    for number, line in enumerate(lines):
        print(f"  {label if number == 0 else '':<24}{line}")


def _print_names(by_kind: dict[str, list[str]], json: bool) -> None:
    if json:
        print_json(by_kind)
        return
    for kind, words in by_kind.items():
        print(f"{kind}: {', '.join(words)}")
