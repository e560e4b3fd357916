"""The doors of a drill: each speaks to one kind of thing over SSH and returns plain data (`dr.world`)."""

from __future__ import annotations

import json
from typing import Any, Protocol

from inventory.error import MedcloudError
from monitors.ssh import Completed


class Shell(Protocol):
    """Runs a command on a host (`monitors.ssh.Ssh` is one). Raises MedcloudError when the host cannot be talked to."""

    def run(self, host: str, command: str, input: str | bytes | None = None, timeout: float = 30.0) -> Completed: ...
    def forget(self, host: str) -> None: ...


def from_json(text: str, what: str) -> Any:
    """The value of a JSON text (empty text: an empty object); MedcloudError naming `what` when it is none."""
    try:
        return json.loads(text.strip() or "{}")
    except ValueError:
        raise MedcloudError(f"{what}: not JSON: {text.strip()[:200]}") from None
