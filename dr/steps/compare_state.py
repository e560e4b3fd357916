"""Prove that a drill without effects had none: the state is what `note-state` wrote down."""

from __future__ import annotations

import json

from dr.context import Context, Evidence
from dr.fingerprint import fingerprint
from dr.result import Verdict
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    file: str = "state-before.json"


def check(context: Context, params: Params) -> None:
    """The state was written down before."""
    if not (context.folder / params.file).exists():
        raise MedcloudError(f"{context.folder / params.file} is missing: what was before is unknown")


def run(context: Context, params: Params) -> Evidence:
    """Look again; every difference is named and misses the drill."""
    before = json.loads((context.folder / params.file).read_text(encoding="utf-8"))
    now = json.loads(json.dumps(fingerprint(context)))
    changed = [
        f"{part}.{key}: {_at(before, part, key)} → {_at(now, part, key)}"
        for part in sorted(before | now)
        for key in _keys(before.get(part), now.get(part))
        if _at(before, part, key) != _at(now, part, key)
    ]
    return {"changed": changed, "verdict": Verdict.MISSED if changed else Verdict.MET}


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}


def _keys(before: object, now: object) -> list[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        return sorted(before | now)
    return [""]


def _at(state: Evidence, part: str, key: str) -> object:
    value = state.get(part)
    return value.get(key) if isinstance(value, dict) and key else value
