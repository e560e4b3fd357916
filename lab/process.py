"""Starting the lab's own long-lived processes so that they can always be found again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.boot import start_ticks
from lab.cgroups import Cell

_ROOT = Path(__file__).parent.parent
# Joins the control groups named before `--`, lets go of the lab's lock, becomes the command after it.
_JOIN = 'lock=$1; shift; while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift; eval "exec $lock>&-"; exec "$@"'
_PYTHON = (sys.executable, "-S", "-E", "-m")


@dataclass(frozen=True)
class Recorded:
    """A process by pid and start time, so that a number used again is never mistaken for it."""

    pid: int
    start: int

    @classmethod
    def read(cls, path: Path) -> Recorded | None:
        """What a record file says; None when there is none (or it is half written by a killed command)."""
        try:
            raw = json.loads(path.read_text())
            return cls(raw["pid"], raw["start"])
        except (FileNotFoundError, ValueError, KeyError):
            return None

    @property
    def alive(self) -> bool:
        try:
            return start_ticks(self.pid) == self.start and not _is_zombie(self.pid)
        except (FileNotFoundError, ProcessLookupError):
            return False

    def signal(self, number: int) -> bool:
        """Send it a signal; False when it is gone. Another process that got its pid meanwhile never gets the signal."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        try:
            if self.alive:  # the handle is of this process for good, so it is asked after having it
                signal.pidfd_send_signal(handle, number)
                return True
            return False
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)


def start(
    cell: Cell, command: Sequence[str], output: Path, lock: int, cpu_shares: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a process in its own session and control groups.

    It holds `lock` (the lab's lock file) until it has joined them: who gets the lock next sees every process of the lab
    in its control groups, even when the starter was killed in between.
    """
    cell.create(cpu_shares)
    with open(output, "ab") as log:
        return subprocess.Popen(
            ["/bin/bash", "-c", _JOIN, "join", str(lock), *cell.entries(), "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[lock],
            cwd=_ROOT,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
        )


def python(module: str, *arguments: str) -> list[str]:
    """The command line of one of this room's own programs."""
    return [*_PYTHON, module, *arguments]


def record(path: Path, pid: int) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"pid": pid, "start": start_ticks(pid)}))
    draft.replace(path)


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
