"""Print the proof: one report of the drill, the audit and the capacity (生成报告：HTML、PDF、CSV、JSON)."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.console import note, print_json
from cli.context import Settings, open_site


class Language(StrEnum):
    """In which language."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    drill: Annotated[str | None, typer.Option(help="Drill run to show (default: the newest unplanned one).")] = None,
    lang: Annotated[Language, typer.Option(help="Language of the report.")] = Language.BOTH,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default: in the site's state).")] = None,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Render the recorded results of the site as HTML, PDF, CSV and JSON and print the files' paths."""
    from reports.dossier import collect
    from reports.write import write

    settings: Settings = ctx.obj
    context = open_site(settings, site)
    made = datetime.now(UTC)
    dossier = collect(context.site, context.state, made, drill)
    languages = ("zh", "en") if lang is Language.BOTH else (lang.value,)
    parts = {name: getattr(dossier, name) for name in ("drill", "audit", "capacity", "deployment")}
    absent = [name for name, part in parts.items() if part is None]
    if absent:
        note(f"not run yet, and so not in the report: {', '.join(absent)}")
    files = write(dossier, out or context.state / "reports" / f"{made:%Y%m%d-%H%M%S}", languages)
    if json:
        print_json({"site": context.site.name, "files": files, "not_run": absent})
    else:
        shown = [file for file in files if file.suffix in (".pdf", ".html", ".json")]
        print("\n".join(str(file) for file in shown))
        print(f"and {len(files) - len(shown)} CSV tables beside them")
