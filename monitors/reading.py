"""What reading gives: sections of one remote round trip, or a reason why there is nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from inventory.error import MedcloudError
from monitors.ssh import Completed

_BEGIN, _END = "@@begin ", "@@end "
_T = TypeVar("_T")


@dataclass(frozen=True)
class Unread:
    """Something that could not be read, and why. It is never a zero and never a pass."""

    what: str
    why: str


class Shell(Protocol):
    """Runs a command on a host; `monitors.ssh.Ssh` is one."""

    def run(self, host: str, command: str, input: str | bytes | None = None, timeout: float = 30.0) -> Completed: ...


@dataclass(frozen=True)
class Section:
    """What one command of a round trip printed, and its exit status."""

    text: str
    exit: int

    def require(self, what: str) -> str:
        """The text; MedcloudError when the command failed."""
        if self.exit != 0:
            raise MedcloudError(f"{what}: exit {self.exit}: {self.text.strip()[-300:]}")
        return self.text


def script_of(commands: Mapping[str, str]) -> str:
    """One shell script that runs each named command by itself and marks where its output begins and ends.

    Errors' text is kept only when the command failed: a warning must not spoil JSON.
    """
    parts = ["export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin", "exec 3>&1"]
    for name, command in commands.items():
        parts += [
            f"echo '{_BEGIN}{name}'",
            f"e=$( ( {command}\n) </dev/null 2>&1 >&3 3>&- ); r=$?",
            f'[ $r -eq 0 ] || echo "$e"; echo; echo "{_END}$r"',
        ]
    return "\n".join(parts) + "\n"


def sections_of(text: str) -> dict[str, Section]:
    """The sections in the output of `script_of`'s script; one that was cut off is left out."""
    found: dict[str, Section] = {}
    name, lines = "", list[str]()
    for line in text.splitlines():
        if line.startswith(_BEGIN):
            name, lines = line.removeprefix(_BEGIN), []
        elif line.startswith(_END) and name:
            body = "\n".join(lines[:-1] if lines and not lines[-1] else lines)
            found[name] = Section(body, int(line.removeprefix(_END)))
            name = ""
        else:
            lines.append(line)
    return found


def read_sections(shell: Shell, host: str, commands: Mapping[str, str], timeout: float = 30.0) -> dict[str, Section]:
    """All commands on the host in one round trip; MedcloudError when the host cannot be talked to."""
    done = shell.run(host, "sh -s", input=script_of(commands), timeout=timeout)
    found = sections_of(done.stdout)
    if not found:
        raise MedcloudError(f"{host}: no output: {done.stderr.strip()[-300:] or f'exit {done.exit}'}")
    return found


def attempt(what: str, read: Callable[[], _T]) -> _T | Unread:
    """The result of `read`, or Unread with the reason when the thing is out of reach or says nonsense."""
    try:
        return read()
    except MedcloudError as error:
        return Unread(what, error.message)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        return Unread(what, f"unexpected output: {type(error).__name__}: {error}")


def json_of(text: str, what: str) -> Any:
    """The parsed JSON; MedcloudError that shows the beginning of what was there instead."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise MedcloudError(f"{what}: not JSON ({error.msg}): {text.strip()[:120]!r}") from error
