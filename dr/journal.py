"""The journal of one drill run: JSON lines, each chained to the one before by a SHA-256.

A line is `{"seq", "at", "key", "event", ..., "prev", "hash"}`; `hash` covers everything else in the line. A key is
written at most once, so a step that runs twice after a crash leaves one line. One process writes (it holds the lock).
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inventory.error import MedcloudError

Line = dict[str, Any]
GENESIS = "0" * 64


def canonical(value: Any) -> bytes:
    """The one JSON text of a value that hashes are taken of: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of a value, as hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def read(path: Path) -> list[Line]:
    """All lines of a journal, verified. Raises MedcloudError naming the first line that breaks the chain."""
    lines: list[Line] = []
    if not path.exists():
        return lines
    for number, text in enumerate(_complete(path.read_bytes()).splitlines()):
        try:
            line: Line = json.loads(text)
        except ValueError:
            raise MedcloudError(f"{path}:{number + 1}: not a journal line") from None
        _verify(path, number, line, lines[-1]["hash"] if lines else GENESIS)
        lines.append(line)
    return lines


def _verify(path: Path, number: int, line: Line, previous: str) -> None:
    body = {key: value for key, value in line.items() if key != "hash"}
    if line.get("seq") != number or line.get("prev") != previous or line.get("hash") != digest(body):
        raise MedcloudError(
            f"{path}:{number + 1}: the hash chain is broken here",
            "the journal was changed after it was written; do not trust this run",
        )


def _complete(data: bytes) -> bytes:
    """Without a last line that a crash cut off."""
    return data[: data.rfind(b"\n") + 1]


class Journal:
    """Appends to one run's journal, from any thread. `on_line` is told every new line (not the ones found at opening),
    in their order and before the next one is written: it must be quick and must not write itself."""

    def __init__(self, path: Path, on_line: Callable[[Line], None] | None = None) -> None:
        self._path = path
        self._on_line = on_line
        self._guard = threading.Lock()
        self._syncing = threading.Lock()
        self._file: int | None = None
        self._written = self._synced = 0
        self._lines = read(path)
        self._keys = {line["key"]: line for line in self._lines}
        self._mend()

    def _mend(self) -> None:
        """Forget a last line that a crash cut off."""
        if self._path.exists():
            os.truncate(self._path, len(_complete(self._path.read_bytes())))

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(self._lines)

    def find(self, key: str) -> Line | None:
        """The line written under that key, or None."""
        return self._keys.get(key)

    def refresh(self) -> None:
        """Take in what others have written: nobody else writes this one."""

    def append(self, key: str | None, event: str, **fields: Any) -> Line:
        """Write a line and sync it to disk; a key that is there already changes nothing. Returns the line.

        Without a key the line gets one of its own.
        """
        with self._guard:
            line, written = self._commit(None, key, event, fields), self._written
        self._sync(written)
        assert line is not None  # only a condition can prevent it
        return line

    def append_if(self, allowed: Callable[[], bool], key: str, event: str, **fields: Any) -> Line | None:
        """Like `append` if the key is new and `allowed` says so while nobody else can write, else None."""
        with self._guard:
            line, written = self._commit(allowed, key, event, fields), self._written
        self._sync(written)
        return line

    def _commit(
        self, allowed: Callable[[], bool] | None, key: str | None, event: str, fields: dict[str, Any]
    ) -> Line | None:
        if key is not None and key in self._keys:
            return self._keys[key] if allowed is None else None
        if allowed is not None and not allowed():
            return None
        line = self._next(key, event, fields)
        self._write(line)
        self._accept(line)
        return line

    def _next(self, key: str | None, event: str, fields: dict[str, Any]) -> Line:
        body: Line = {
            "seq": len(self._lines),
            "at": datetime.now(UTC).isoformat(),
            "key": key or f"{event}/{len(self._lines)}",
            "event": event,
            **fields,
            "prev": self._last_hash,
        }
        line: Line = json.loads(canonical(body))
        line["hash"] = digest(line)
        return line

    @property
    def _last_hash(self) -> str:
        return str(self._lines[-1]["hash"]) if self._lines else GENESIS

    def _verify_next(self, line: Line) -> None:
        _verify(self._path, len(self._lines), line, self._last_hash)

    def _accept(self, line: Line) -> None:
        self._lines.append(line)
        self._keys[line["key"]] = line
        if self._on_line:
            self._on_line(line)

    def _write(self, line: Line) -> None:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            weakref.finalize(self, os.close, self._file)
        os.write(self._file, canonical(line) + b"\n")
        self._written += 1

    def _sync(self, written: int) -> None:
        """Return when so many lines are on the disk. Lines of several threads share one sync; nobody acts on a line of
        his own before it is there, and whatever is written later stands behind it."""
        with self._syncing:
            if self._synced < written and self._file is not None:
                upto = self._written
                os.fsync(self._file)
                self._synced = upto
