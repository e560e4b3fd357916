"""Which role's tasks enforce which graded-protection item: read from the tasks' tags, typed nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOM = Path(__file__).parent
_UNIT = re.compile(r"^L3-[A-Z]{3}[12]-\d{2}$")
_NESTED = ("block", "rescue", "always")


@dataclass(frozen=True)
class Enforcer:
    """A role with tasks that carry an item's tag, their names, and the playbooks that use the role."""

    item: str
    role: str
    tasks: tuple[str, ...]
    playbooks: tuple[str, ...]


def enforcers(room: Path = ROOM) -> Mapping[str, tuple[Enforcer, ...]]:
    """Unit code → the roles that enforce it."""
    found: dict[str, list[Enforcer]] = {}
    for role in sorted(path for path in (room / "roles").iterdir() if (path / "tasks").is_dir()):
        tasks: dict[str, list[str]] = {}
        for file in sorted((role / "tasks").glob("*.yml")):
            for name, item in _tagged(yaml.safe_load(file.read_text(encoding="utf-8")) or ()):
                tasks.setdefault(item, []).append(name)
        for item, names in tasks.items():
            found.setdefault(item, []).append(Enforcer(item, role.name, tuple(names), _users(room, role.name)))
    return {item: tuple(roles) for item, roles in sorted(found.items())}


def _tagged(tasks: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(task, unit code) of every tag that is one."""
    for task in tasks:
        tags = task.get("tags") or ()
        for tag in [tags] if isinstance(tags, str) else tags:
            if _UNIT.match(str(tag)):
                yield str(task.get("name", "")), str(tag)
        for part in _NESTED:
            yield from _tagged(task.get(part) or ())


def _users(room: Path, role: str) -> tuple[str, ...]:
    """The playbooks that name the role and configure hosts; image builds only install."""
    found = []
    for file in sorted(room.glob("*.yml")):
        plays = yaml.safe_load(file.read_text(encoding="utf-8")) or []
        named = {part if isinstance(part, str) else part["role"] for play in plays for part in play.get("roles") or ()}
        if role in named and not file.stem.endswith("-build"):
            found.append(file.stem)
    return tuple(found)
