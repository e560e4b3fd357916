"""The `medcloud` command: finds the commands by file name and turns errors into exit codes."""

from __future__ import annotations

import ast
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from cli.context import Settings
from inventory.error import MedcloudError

EXIT_CODES = {"failed": 1, "input": 2, "refused": 3}
INTERRUPTED = 130


def command_files() -> dict[str, Path]:
    """The commands: name → file in `cli/commands/`."""
    folder = Path(__file__).parent / "commands"
    return {path.stem.replace("_", "-"): path for path in sorted(folder.glob("*.py")) if path.stem != "__init__"}


class CommandFiles(TyperGroup):
    """Commands found by file name. Help reads only their docstrings, so that `--help` stays fast."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(command_files())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        path = command_files().get(cmd_name)
        if path is None:
            return None
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        return TyperCommand(cmd_name, help=doc.split("\n")[0], callback=lambda: None)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, stub, rest = super().resolve_command(ctx, args)
        return (name, _load(name), rest) if name and stub else (name, stub, rest)


def _load(name: str) -> Any:
    module = importlib.import_module(f"cli.commands.{name.replace('-', '_')}")
    if hasattr(module, "app"):
        loaded: Any = typer.main.get_command(module.app)
    else:
        single = typer.Typer(add_completion=False)
        single.command(name)(module.command)
        loaded = typer.main.get_command(single)
    loaded.name = name
    return loaded


app = typer.Typer(
    cls=CommandFiles,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Provision, watch, rehearse and prove a hospital's hybrid cloud (医院混合云：建设、监控、演练、举证).",
)


@app.callback()
def settings(
    ctx: typer.Context,
    state_dir: Annotated[
        Path | None, typer.Option(help="Where state lives (default: the user's state folder).")
    ] = None,
    cache_dir: Annotated[Path | None, typer.Option(help="Where images and builds are cached.")] = None,
    lab: Annotated[str | None, typer.Option(help="Name of the lab, when it is not the site's.")] = None,
    engine_url: Annotated[
        str | None, typer.Option(help="postgresql://… for drills with several workers; passwords by PGPASSFILE only.")
    ] = None,
    here: Annotated[str | None, typer.Option(help="The centre this machine stands in: no drill may strike it.")] = None,
) -> None:
    """Options of every command."""
    ctx.obj = Settings.from_environment(os.environ, state_dir, cache_dir, lab, engine_url, here)


def main() -> None:
    """Entry point: 0 done, 1 failed, 2 bad input or changes, 3 refused, 130 interrupted."""
    try:
        app(standalone_mode=True)
    except MedcloudError as error:
        _report(error)
        raise SystemExit(EXIT_CODES[error.code]) from None
    except KeyboardInterrupt:
        print("interrupted; run the same command again to go on", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None


def _report(error: MedcloudError) -> None:
    print(f"error: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  do: {error.hint}", file=sys.stderr)
    if "--json" in sys.argv:
        print(
            json.dumps(
                {"error": {"message": error.message, "hint": error.hint, "code": error.code}},
                ensure_ascii=False,
            )
        )


if __name__ == "__main__":
    main()
