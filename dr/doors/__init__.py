"""The doors of a drill: each speaks to one kind of thing over SSH and returns plain data (`dr.world`)."""

from __future__ import annotations

from typing import Protocol

from monitors.ssh import Completed


class Shell(Protocol):
    """Runs a command on a host (`monitors.ssh.Ssh` is one). Raises MedcloudError when the host cannot be talked to."""

    def run(self, host: str, command: str, input: str | bytes | None = None, timeout: float = 30.0) -> Completed: ...
    def forget(self, host: str) -> None: ...
