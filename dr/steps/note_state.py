"""Write down who leads and who holds what, so that `compare-state` can prove that nothing was changed."""

from __future__ import annotations

import json

from dr.context import Context, Evidence
from dr.fingerprint import fingerprint
from inventory.model import Part

FILE = "state-before.json"


class Params(Part):
    pass


def check(context: Context, params: Params) -> None:
    """Looking is always allowed."""


def run(context: Context, params: Params) -> Evidence:
    """Look, and keep it in the run's folder; what an interrupted try has written stays."""
    path = context.folder / FILE
    if not path.exists():
        path.write_text(json.dumps(fingerprint(context), indent=1), encoding="utf-8")
    found: Evidence = json.loads(path.read_text(encoding="utf-8"))
    return found


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}
