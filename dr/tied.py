"""A context with its hands tied: doors that only look, and a clock that does not wait."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from dr.context import Clock, Context
from inventory.error import MedcloudError

T = TypeVar("T")

# What a door may be asked; everything that is not named here changes something.
_LOOKS = frozenset({
    "members", "lease", "writable", "ahead", "member_of", "rows",  # database
    "routers", "holds", "fence_of", "neighbours", "route",  # network
    "running", "ledger",  # ward
    "answers", "stored",  # archive
    "chosen", "samples", "room", "isolation", "servers", "state",  # preference, watch, bubble, cloud, backup
})  # fmt: skip


class _Tied:
    """A door that answers questions and refuses everything else."""

    def __init__(self, door: object, what: str) -> None:
        self._door = door
        self._what = what

    def __getattr__(self, name: str) -> Any:
        if name in _LOOKS:
            return getattr(self._door, name)
        raise MedcloudError(f"at the table nothing is done: {self._what}.{name}")


class _Impatient:
    """A clock on which every patience is over after one look."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._skipped = 0.0

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        self._skipped += 86_400.0


def tied(context: Context) -> Context:
    """The context in which a step's `check` can be asked without any effect and without waiting."""

    def each(open_door: Callable[[str], T], what: str) -> Callable[[str], T]:
        return lambda name: cast(T, _Tied(open_door(name), f"{what} {name}"))

    def refuse(*_: object) -> Any:
        raise MedcloudError("at the table nothing is done")

    return dataclasses.replace(
        context,
        clock=_Impatient(context.clock),
        disaster=cast(Any, _Tied(context.disaster, "disaster")),
        network=cast(Any, _Tied(context.network, "network")),
        ward=cast(Any, _Tied(context.ward, "ward")),
        database=each(context.database, "database"),
        imaging=each(context.imaging, "archive"),
        preference=each(context.preference, "preference"),
        watch=each(context.watch, "watch"),
        bubble=each(context.bubble, "bubble"),
        backup=each(context.backup, "backup"),
        cloud=each(context.cloud, "cloud"),
        secret=refuse,
        play=refuse,
        tell=refuse,
    )
