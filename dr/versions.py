"""With what a drill was planned, run, measured and judged: versions, and a hash of the very code."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

_ROOMS = ("inventory", "monitors", "playbooks", "dr")
_ROOT = Path(__file__).parent.parent


def versions() -> dict[str, str]:
    """Versions by name; `source` names exactly the code of the rooms that take part in a drill."""
    return {
        "dbos": metadata.version("dbos"),
        "medcloud": metadata.version("medcloud"),
        "pydantic": metadata.version("pydantic"),
        "python": platform.python_version(),
        "source": source(),
        "system": platform.platform(),
    }


@cache
def source() -> str:
    """SHA-256 over the Python files that plan, run, measure and judge a drill."""
    total = hashlib.sha256()
    for path in sorted(path for room in _ROOMS for path in (_ROOT / room).rglob("*.py")):
        total.update(f"{path.relative_to(_ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
