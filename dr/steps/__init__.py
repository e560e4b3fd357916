"""The steps of a drill: file `verb_noun.py` is the step `verb-noun`.

Each has a frozen `Params`, and `check` (may it run now?), `run` (safe to run twice) and `undo`; found by file name.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Protocol, cast

from dr.context import Context, Evidence
from inventory.error import MedcloudError
from inventory.model import Part


class Step(Protocol):
    """What a step's module offers. `run` returns evidence that fits into JSON."""

    Params: type[Part]

    def check(self, context: Context, params: Any) -> None: ...
    def run(self, context: Context, params: Any) -> Evidence: ...
    def undo(self, context: Context, params: Any) -> Evidence: ...


def names() -> tuple[str, ...]:
    """Every step there is."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple(file.stem.replace("_", "-") for file in files if file.stem != "__init__")


def find(name: str) -> Step:
    """The step of that name; MedcloudError naming the steps there are when there is none."""
    if name not in names():
        raise MedcloudError(f"no drill step `{name}`", f"steps: {', '.join(names())}")
    return cast(Step, importlib.import_module(f"dr.steps.{name.replace('-', '_')}"))
