"""Say what this machine lacks, and where state and caches lie (体检本机)."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from cli.console import note, print_json, print_table
from cli.context import Settings


def command(
    ctx: typer.Context,
    prepare: Annotated[bool, typer.Option("--prepare", help="Build the Pulumi engine now, then stop.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Check the kernel, the commands, the memory and the disk that the lab and the clouds need; exit 1 if not."""
    from lab.kernel import prerequisites
    from stacks.pulumi_cli import find, find_or_build

    settings: Settings = ctx.obj
    if prepare:
        note(f"Pulumi engine: {find_or_build(settings.cache, note)}")
        return
    settings.cache.mkdir(parents=True, exist_ok=True)
    checks = [
        *((p.name, p.ok, p.detail if p.ok else p.remedy) for p in prerequisites(settings.cache)),
        ("pulumi or go", bool(find(settings.cache) or shutil.which("go")), "Pulumi engine, or Go to build it"),
    ]
    if json:
        places = {"state": settings.state_root, "cache": settings.cache}
        print_json({"checks": [{"name": n, "ok": ok, "detail": d} for n, ok, d in checks], "folders": places})
    else:
        print_table("This machine", ("check", "", "detail"), [(n, "ok" if ok else "LACKS", d) for n, ok, d in checks])
        print(f"state: {settings.state_root}\ncache: {settings.cache}")
    if not all(ok for _, ok, _ in checks):
        raise typer.Exit(1)
