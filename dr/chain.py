"""Where a journal's hash chain is broken and how: changed, missing, added, reordered or cut-off lines.

`dr.journal.read` refuses a broken journal; this tells an auditor what was done to it.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from dr.journal import GENESIS, canonical, digest
from monitors.bundle import Flaw, Wrong

JOURNAL = "journal.jsonl"


def flaws(data: bytes) -> tuple[Flaw, ...]:
    """Everything that breaks the chain, in the order of the lines; nothing for a journal as it was written."""
    texts = data.split(b"\n")
    found = [] if texts[-1] == b"" else [_flaw(len(texts), Wrong.CUT_OFF, "the line has no end")]
    lines = [_line(text) for text in texts[:-1]]
    sound = [line is not None for line in lines]
    for number, line in enumerate(lines, start=1):
        if line is None:
            found.append(_flaw(number, Wrong.CHANGED, "its hash is not that of its content"))
    numbers = [line["seq"] for line in lines if line is not None]
    found += _numbering(lines, numbers)
    if not found:
        found += _linking(lines)
    if not sound:
        found.append(Flaw(JOURNAL, Wrong.MISSING, "it has no line"))
    return tuple(sorted(found, key=lambda flaw: int(flaw.where.rpartition(":")[2] or 0) if ":" in flaw.where else 0))


def last_hash(data: bytes) -> str:
    """The hash of the last line; empty when there is none that can be read."""
    line = _line(data.rstrip(b"\n").rpartition(b"\n")[2])
    return str(line["hash"]) if line else ""


def _line(text: bytes) -> dict[str, Any] | None:
    """The line, None when it is not byte for byte what its own hash was taken of."""
    try:
        line = json.loads(text)
        body = {key: value for key, value in line.items() if key != "hash"}
        sound = isinstance(line["seq"], int) and line["hash"] == digest(body) and canonical(line) == text
    except (ValueError, KeyError, AttributeError, UnicodeError):
        return None
    return line if sound else None


def _numbering(lines: list[dict[str, Any] | None], numbers: list[int]) -> list[Flaw]:
    """Numbers that are doubled, out of order or absent; a damaged line keeps its place."""
    found = []
    count = Counter(numbers)
    highest = -1
    for number, line in enumerate(lines, start=1):
        if line is None:
            highest += 1
            continue
        if count[line["seq"]] > 1 and line["seq"] <= highest:
            found.append(_flaw(number, Wrong.ADDED, f"line number {line['seq']} stands here a second time"))
        elif line["seq"] < highest:
            found.append(_flaw(number, Wrong.REORDERED, f"it was written as line {line['seq'] + 1}"))
        elif gap := [n for n in range(highest + 1, line["seq"]) if n not in count]:
            lost = f"line {gap[0] + 1}" if len(gap) == 1 else f"lines {gap[0] + 1} to {gap[-1] + 1}"
            found.append(_flaw(number, Wrong.MISSING, f"{lost} should stand before it"))
        elif line["seq"] > highest + 1:
            found.append(_flaw(number, Wrong.REORDERED, f"it was written as line {line['seq'] + 1}"))
        highest = max(highest, line["seq"])
    return found


def _linking(lines: list[dict[str, Any] | None]) -> list[Flaw]:
    """A line that was made anew, hash and all, does not fit the next one."""
    previous, found = GENESIS, []
    for number, line in enumerate(lines, start=1):
        if line is None:
            continue
        if line["prev"] != previous:
            found.append(
                _flaw(number, Wrong.CONTRADICTS, "it does not follow the line before: one of them was made anew")
            )
        previous = line["hash"]
    return found


def _flaw(number: int, what: Wrong, detail: str) -> Flaw:
    return Flaw(f"{JOURNAL}:{number}", what, detail)
