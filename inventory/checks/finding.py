"""What a check found, by its place in the model; `inventory.load` turns that into file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """One thing wrong with the model at `loc`. `see` is a place that has to do with it; warnings do not refuse."""

    loc: Loc
    message: str
    hint: str = ""
    see: Loc | None = None
    warning: bool = False


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint naming the nearest known word, or the known ones when none is near."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if near:
        return f"did you mean `{near[0]}`?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"known: {shown}" if names else "none is declared"
