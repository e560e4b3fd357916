"""What the database held of a run's rows when they were measured: kept in the run's folder, bound by its journal.

So the verdict can be looked at again when the rows themselves are gone from the database: it is production's, and must
not carry a history of drills.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dr import runs
from dr.journal import Line, canonical
from dr.world import Rows
from inventory.error import MedcloudError

FILE, HASH = "rows_file", "rows_sha256"


def keep(folder: Path, phase: str, rows: Rows) -> dict[str, str]:
    """Write how many rows of each kind every chain has; the file's name and hash, for the step's evidence."""
    name, data = f"rows-{phase}.json", canonical({str(chain): dict(kinds) for chain, kinds in rows.items()})
    draft = folder / f"{name}.new"
    draft.write_bytes(data)
    draft.replace(folder / name)
    return {FILE: name, HASH: hashlib.sha256(data).hexdigest()}


def parse(data: bytes) -> Rows:
    """The rows of such a file."""
    return {int(chain): dict(kinds) for chain, kinds in json.loads(data).items()}


def bound(lines: Iterable[Line]) -> Iterator[tuple[Line, Mapping[str, Any]]]:
    """What the journal says of measured rows: the line, and the part of its evidence about the database."""
    for line in lines:
        evidence = line.get("evidence") if line.get("state") == "done" else None
        for part in evidence.values() if isinstance(evidence, dict) else ():
            if isinstance(part, dict) and "doubled_rows" in part:
                yield line, part


def is_whole(drills: Path, run_id: str) -> bool:
    """Whether the run in that folder has finished and everything it measured of its rows is kept, unchanged."""
    try:
        run = runs.load(drills, run_id)
        if run.state is not runs.State.FINISHED:
            return False
        return all(_is_kept(run.folder, part) for _, part in bound(run.lines))
    except (MedcloudError, OSError):
        return False


def _is_kept(folder: Path, part: Mapping[str, Any]) -> bool:
    return HASH in part and hashlib.sha256((folder / str(part[FILE])).read_bytes()).hexdigest() == part[HASH]
