"""Do everything once in the lab and print a closing table (一键演示：建设、演练、举证).

Every step is one of the commands a user types; it is printed and run, and its `--json` result makes the table.
"""

from __future__ import annotations

import json as jsonlib
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cli.closing import closing_rows
from cli.console import note, print_json, print_table
from cli.context import Settings
from inventory.error import MedcloudError

Results = dict[str, Any]

STEPS: tuple[tuple[str, ...], ...] = (
    ("validate", "{site}"),
    ("lab", "up", "{site}"),
    ("apply", "{site}"),
    ("plan", "{site}"),
    ("link", "drill", "{site}"),
    ("drill", "run", "{site}", "same-city-failover"),
    ("drill", "run", "{site}", "production-failback"),
    ("capacity", "{site}"),
    ("audit", "run", "{site}"),
    ("report", "{site}"),
)


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")] = "xiamen",
    json: Annotated[bool, typer.Option("--json", help="Machine-readable closing table.")] = False,
) -> None:
    """Provision the site in the lab, cut a line, fail over and back, judge, report; then say what was measured."""
    begin, results = time.monotonic(), {}
    for step in STEPS:
        words = [word.format(site=site) for word in step]
        note(f"\n$ medcloud {' '.join(words)}")
        results[" ".join(step[:-1] if step[-1] == "{site}" else (step[0], step[-1]))] = _type(ctx.obj, words)
    rows = closing_rows(results)
    if json:
        print_json({"rows": rows, "seconds": time.monotonic() - begin})
        return
    print_table(
        f"{site}: what this run measured ({(time.monotonic() - begin) / 60:.1f} min)", ("what", "measured"), rows
    )
    print(f"look around: medcloud lab status {site} · medcloud drill list {site} · tear down: medcloud lab down {site}")


def _type(settings: Settings, words: Sequence[str]) -> Any:
    """Run one command as its own process; its JSON result. Its progress goes to our stderr."""
    options = ["--state-dir", str(settings.state_root), "--cache-dir", str(settings.cache)]
    if settings.lab:
        options += ["--lab", settings.lab]
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *options, *words, "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        raise MedcloudError(
            f"`medcloud {' '.join(words)}` ended with {done.returncode}", "its own message is above; run it alone"
        )
    return jsonlib.loads(done.stdout)
