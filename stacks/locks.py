"""The lock that the Pulumi engine holds on a stack, and what to do when its holder was killed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from inventory.error import MedcloudError, refused

PATIENCE = 600.0  # seconds for an engine whose medcloud was killed to finish the calls it had begun


def take_over(state: Path, project: str, stack: str, note: Callable[[str], None]) -> bool:
    """True when a stale lock lies there, whose engine is gone. Raises MedcloudError while another one works."""
    deadline = time.monotonic() + PATIENCE
    while True:
        holders = _holders(state / ".pulumi" / "locks" / "organization" / project / stack)
        alive = [pid for pid in holders if _runs_pulumi(pid)]
        if not alive:
            return bool(holders)
        if not any(_orphaned(pid) for pid in alive) or time.monotonic() > deadline:
            raise busy(f"{stack} (process {alive[0]})")
        note(f"waiting for the engine of an interrupted operation (process {alive[0]})")
        time.sleep(1)


def busy(stack: str) -> MedcloudError:
    """The refusal to work beside another operation."""
    return refused(
        f"another operation works on {stack}", "wait until it has ended, or end that process and run the command again"
    )


def _holders(folder: Path) -> list[int]:
    return [int(json.loads(lock.read_text())["pid"]) for lock in folder.glob("*.json")] if folder.is_dir() else []


def _runs_pulumi(pid: int) -> bool:
    try:
        return "pulumi" in Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return False


def _orphaned(pid: int) -> bool:
    """True when the medcloud that started this engine is gone, so that the engine ends by itself soon."""
    try:
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        return b"python" not in Path(f"/proc/{parent}/cmdline").read_bytes()
    except OSError:
        return True
