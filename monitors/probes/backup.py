"""A database's backups as their repository tells: the last one, its age, and whether everything could be read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inventory.error import MedcloudError
from monitors.reading import Shell, json_of


@dataclass(frozen=True)
class BackupState:
    """Ages in seconds by the repository's clock, None while there is none. `every` is what the model asks for.

    `label` is the newest backup's, `size_bytes` what a restore of it takes, `verified` whether the last reading of
    every file found all as written (None: never read), `said` its finding; `log_until` is the newest archived segment.
    `failing`: the last look of the repository's timer failed.
    """

    system: str
    label: str
    age: float | None
    full_age: float | None
    size_bytes: int
    stored_bytes: int
    encrypted: bool
    verified: bool | None
    verified_age: float | None
    said: str
    log_until: str
    failing: bool
    every: float = 0.0

    @property
    def overdue(self) -> float | None:
        """Seconds since a backup was due."""
        return None if self.age is None else max(0.0, self.age - self.every)


def command(system: str) -> str:
    """What the repository is asked."""
    return f"medcloud-backup status {system}"


def parse(system: str, text: str, every: float = 0.0) -> BackupState:
    """The state from `medcloud-backup status`; MedcloudError when it says nothing of that system."""
    found = json_of(text, f"backups of {system}").get(system)
    if not found:
        raise MedcloudError(f"the repository says nothing of {system}")
    now, info, checked = found["now"], found["info"], found["verified"] or {}
    backups = info["backup"]
    last: Mapping[str, Any] = backups[-1] if backups else {}
    whole = [b["timestamp"]["stop"] for b in backups if b["type"] == "full"]
    return BackupState(
        system=system,
        label=last.get("label", ""),
        age=now - last["timestamp"]["stop"] if last else None,
        full_age=now - max(whole) if whole else None,
        size_bytes=last["info"]["size"] if last else 0,
        stored_bytes=sum(b["info"]["repository"]["delta"] for b in backups),
        encrypted=info.get("cipher", "none") != "none",
        verified=checked.get("ok"),
        verified_age=now - checked["at"] if checked else None,
        said=checked.get("said", ""),
        log_until=max((a["max"] or "" for a in info.get("archive", ())), default=""),
        failing=found["unit"] == "failed",
        every=every,
    )


def read(shell: Shell, address: str, system: str, every: float) -> BackupState:
    """Ask the repository at that address."""
    done = shell.run(address, command(system), timeout=60)
    return parse(system, done.require(f"backups of {system}"), every)
