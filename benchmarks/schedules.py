"""Seeded random fault schedules against a promotion: what breaks when, and for how long; pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

PROCESS = "numb"  # Patroni's process stopped while its database goes on: a fault inside a machine, not of the lab's
_SECONDS = 6.0  # within which faults begin


@dataclass(frozen=True)
class Strike:
    """A fault of that kind at a target, from `at` to `until` seconds after the schedule's begin."""

    at: float
    until: float
    kind: str
    target: str
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind} {self.target} {self.at:.1f}-{self.until:.1f}s"


@dataclass(frozen=True)
class Schedule:
    """The strikes of one seed, the first of which is the reason to promote; `promote_at` when somebody does."""

    seed: int
    strikes: tuple[Strike, ...]
    promote_at: float

    @property
    def end(self) -> float:
        return max(strike.until for strike in self.strikes)


@dataclass(frozen=True)
class Field:
    """What can be struck: centres with a database (the source first), the machine of each, and the lines."""

    centres: Sequence[str]
    machines: Sequence[str]
    lines: Sequence[str]


def schedule(seed: int, field: Field) -> Schedule:
    """The same schedule for the same seed and field."""
    dice = random.Random(seed)
    reason = _strike(dice, dice.choice(("isolate", "kill", "pause", PROCESS, "partition")), field, 0, at=0.0)
    others = ("isolate", "kill", "pause", PROCESS, "partition", "cut", "blackhole", "slow", "lossy", "flap")
    more = [
        _strike(dice, dice.choice(others), field, dice.randrange(len(field.centres)), dice.uniform(0.0, _SECONDS))
        for _ in range(dice.randint(0, 3))
    ]
    return Schedule(seed, (reason, *_apart(reason, more)), dice.uniform(0.0, 2.5))


def _strike(dice: random.Random, kind: str, field: Field, centre: int, at: float) -> Strike:
    until = at + dice.uniform(1.5, 9.0)
    if kind == "isolate":
        return Strike(at, until, kind, field.centres[centre])
    if kind == "partition":
        other = dice.choice([c for c in field.centres if c != field.centres[centre]])
        return Strike(at, until, kind, f"{field.centres[centre]}/{other}")
    if kind in ("kill", "pause", PROCESS):
        return Strike(at, until, kind, field.machines[centre])
    params: dict[str, dict[str, Any]] = {
        "slow": {"delay_ms": dice.choice((50, 200))},
        "lossy": {"percent": dice.choice((2, 20))},
        "flap": {"period_s": dice.choice((0.4, 2.0))},
    }
    return Strike(at, until, kind, dice.choice(list(field.lines)), params.get(kind, {}))


def _apart(reason: Strike, more: list[Strike]) -> list[Strike]:
    """Without a second fault of a kind at the same target: the lab keeps one of each; dead machines are left alone."""
    kept, seen = [], {(reason.kind, reason.target)}
    dead = {reason.target} if reason.kind == "kill" else set()
    for strike in sorted(more, key=lambda strike: strike.at):
        if (strike.kind, strike.target) in seen or strike.target in dead:
            continue
        seen.add((strike.kind, strike.target))
        dead |= {strike.target} if strike.kind == "kill" else set()
        kept.append(strike)
    return kept
