"""A drill of two trivial steps, to be run in a process of its own and killed by tests.

Each step writes its name into `effects`, twice safely. Where the file `broken` names a step, that step fails.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from dr.context import Context
from dr.engine import Engine, Opening
from dr.plan import Mode, Plan, StepCall
from dr.store import FolderStore
from inventory.error import MedcloudError
from inventory.model import Part, Site
from tests.dr.fakes import scene

NAMES = ("one", "two")


class TrivialStep:
    """Says what it does to a file."""

    class Params(Part):
        folder: str
        name: str

    def check(self, context: Context, params: Any) -> None:
        if (Path(params.folder) / "broken").exists() and (Path(params.folder) / "broken").read_text() == params.name:
            raise MedcloudError(f"{params.name} is broken", "mend it")

    def run(self, context: Context, params: Any) -> dict[str, Any]:
        time.sleep(0.1)
        with (Path(params.folder) / "effects").open("a") as file:
            file.write(f"{params.name}\n")
        time.sleep(0.1)
        return {"name": params.name}

    def undo(self, context: Context, params: Any) -> dict[str, Any]:
        with (Path(params.folder) / "effects").open("a") as file:
            file.write(f"undo {params.name}\n")
        return {}


def plan(folder: Path) -> Plan:
    def call(name: str, *after: str) -> StepCall:
        return StepCall(
            name=name, step="trivial", params={"folder": str(folder), "name": name}, after=after, undo=name == "one"
        )

    return Plan(
        name="trivial",
        mode=Mode.UNPLANNED,
        source="software-park-2",
        target="gaodian",
        moved=(),
        left_out=(),
        steps=(call("one"), call("two", "one")),
    )


def engine(folder: Path) -> Engine:
    def open_context(opening: Opening) -> Context:
        return scene(opening.site, opening.folder, opening.plan).context

    return Engine(FolderStore(folder / "drills"), open_context, find_step=lambda name: TrivialStep())


def orchestrate(folder: Path, verb: str, site: Site, run_id: str) -> None:
    """What the process of an orchestrator does; exits like the command line."""
    try:
        if verb == "run":
            engine(folder).run(site, plan(folder), run_id)
        else:
            engine(folder).resume(run_id)
    except MedcloudError as error:
        (folder / "said").write_text(str(error))
        sys.exit(3 if error.code == "refused" else 1)
