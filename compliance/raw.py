"""Readers of raw sections: configuration lines, accounts, listening sockets, JSON. Pure; they keep the raw line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from inventory.model import Site

_T = TypeVar("_T")
ABSENT = "absent:"
LOOPBACK = ("127.", "::1", "[::1]", "[::ffff:127.")


class Unsaid(ValueError):
    """A test's answer where what was read says nothing on the demand: neither met nor missed."""


def absent(text: str) -> bool:
    """Whether the section says that the tool or setting is not there at all."""
    return text.strip().startswith(ABSENT)


def setting(text: str, key: str) -> tuple[str, str]:
    """The last value of `key` in lines like `key value` or `key = value`, and its line; two empty texts when unset."""
    found = ("", "")
    for line in text.splitlines():
        match = re.match(rf"\s*{re.escape(key)}(?:\s*=\s*|\s+)(.*?)\s*$", line, re.IGNORECASE)
        if match:
            found = (match[1], line.strip())
    return found


def number(text: str, key: str) -> tuple[int | None, str]:
    """Like `setting`, as a whole number; None when it is unset or none, and what to show."""
    value, line = setting(text, key)
    match = re.match(r"-?\d+", value)
    return (int(match[0]) if match else None, line or f"{key}: not set")


def line_with(text: str, pattern: str) -> str:
    """The first line that the pattern is found in, or an empty text."""
    return next((line.strip() for line in text.splitlines() if re.search(pattern, line)), "")


def lines_with(text: str, pattern: str) -> list[str]:
    """All lines that the pattern is found in."""
    return [line.strip() for line in text.splitlines() if re.search(pattern, line)]


def present(text: str, what: str) -> str:
    """The text; Unsaid when the tool that would say it is not there, so that nothing can be said."""
    if absent(text):
        raise Unsaid(f"{what}: {text.strip()}")
    return text


def newest_file(text: str, suffix: str = "") -> tuple[datetime | None, str]:
    """The youngest file in `stat -c %Y:%n` lines whose name ends so, and its line."""
    rows = [line.strip() for line in text.splitlines() if re.match(r"\d+:", line.strip())]
    found = sorted((int(row.split(":")[0]), row) for row in rows if row.endswith(suffix))
    return (datetime.fromtimestamp(found[-1][0], UTC), found[-1][1]) if found else (None, "")


@lru_cache(maxsize=4)
def site_of(text: str) -> Site:
    """The site model in the `model` section."""
    return Site.model_validate_json(text)


def shown(lines: list[str], limit: int = 4) -> str:
    """Some raw lines as one text, with how many more there are."""
    more = f" … and {len(lines) - limit} more" if len(lines) > limit else ""
    return " ¦ ".join(lines[:limit]) + more


def some(rows: list[_T], what: str) -> list[_T]:
    """The rows; Unsaid when there are none, because then nothing can be said."""
    if not rows:
        raise Unsaid(f"no {what} yet")
    return rows


@dataclass(frozen=True)
class Password:
    """An account's password state: empty, locked or set; the hash's algorithm id; maximum age in days or None."""

    user: str
    state: str
    algorithm: str
    max_days: int | None
    raw: str


def passwords(text: str) -> Iterator[Password]:
    """The `shadow` section: hashes were reduced to their kind before they left the host."""
    for line in text.splitlines():
        parts = line.split(":")
        if len(parts) >= 9:
            days = int(parts[5]) if parts[5].isdigit() else None
            yield Password(parts[0], parts[1], parts[2], days, line)


@dataclass(frozen=True)
class Account:
    user: str
    uid: int
    shell: str
    raw: str

    @property
    def can_login(self) -> bool:
        """Whether its shell lets anybody in."""
        return not self.shell.endswith(("nologin", "false", "sync"))


def accounts(text: str) -> list[Account]:
    """The `accounts` section (passwd format)."""
    rows = [(line, line.split(":")) for line in text.splitlines() if line.count(":") >= 6]
    return [Account(parts[0], int(parts[2]), parts[6], line) for line, parts in rows]


@dataclass(frozen=True)
class Socket:
    """A listening socket as `ss -Hltnup` prints it; `process` is empty where ss may not see it."""

    protocol: str
    address: str
    port: int
    process: str
    raw: str

    @property
    def local(self) -> bool:
        """Whether only the host itself can reach it."""
        return self.address.startswith(LOOPBACK)


def sockets(text: str) -> list[Socket]:
    """Listening sockets, with or without the protocol column."""
    found = []
    for line in text.splitlines():
        parts = line.split()
        if len(parts) < 5:
            continue
        protocol, local = (parts[0], parts[4]) if parts[0] in ("tcp", "udp") else ("tcp", parts[3])
        address, _, port = local.rpartition(":")
        name = re.search(r'users:\(\("([^"]+)"', line)
        if port.isdigit():
            found.append(Socket(protocol, address, int(port), name[1] if name else "", " ".join(parts)))
    return found


def table(text: str) -> list[dict[str, Any]]:
    """A cloud listing."""
    rows: list[dict[str, Any]] = json.loads(text)
    return rows


def columns(text: str) -> list[list[str]]:
    """Rows of psql's unaligned output."""
    return [line.split("|") for line in text.splitlines() if line]


def configured(text: str, file: str) -> str:
    """The lines of one file in `grep -H` output; Unsaid when the file is not there, so that nothing can be said."""
    lines = [line for line in text.splitlines() if line.startswith(f"{file}:")]
    if not lines:
        raise Unsaid(f"{file} is not there")
    return "\n".join(lines)
