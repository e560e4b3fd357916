"""The copy of a shared journal in a worker's folder: only appended to, by any worker of the machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from dr.journal import Line, canonical


def export(path: Path, lines: Sequence[Line]) -> None:
    """Append to the copy what it does not have yet; several workers of one machine may do so at the same time."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
    with os.fdopen(handle, "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole, count = _whole(file.read())
        file.truncate(whole)
        fresh = [line for line in lines if line["seq"] >= count]
        file.write(b"".join(canonical(line) + b"\n" for line in fresh))


def exported(path: Path) -> int:
    """How many lines the copy has."""
    return _whole(path.read_bytes())[1] if path.exists() else 0


def _whole(data: bytes) -> tuple[int, int]:
    """Bytes and number of the complete lines."""
    whole = data.rfind(b"\n") + 1
    return whole, data.count(b"\n", 0, whole)
