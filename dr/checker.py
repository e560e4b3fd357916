"""Proves from a ward's book and the journals that no two centres ever acknowledged writes of one system; pure.

Every acknowledged row says which server acknowledged it and on which timeline, so a book gives reigns: a centre on a
timeline, by the ward's own clock. The server acknowledged some time between the question and the answer, so a reign is
certain from the first answer to the last question; what only may have overlapped accuses nobody. Certain reigns of two
centres that overlap, a timeline that two centres used, one that was still at work after a younger, a log that went
backwards, and acknowledgements without the lease are what a split brain leaves behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise

from dr.journal import Line
from dr.ledger.judge import KINDS, RowAck

_CLOCKS = 1.0  # seconds by which the orchestrator's clock may differ from the ward's


@dataclass(frozen=True)
class Reign:
    """A centre that acknowledged on one timeline, certainly from `first` (its first answer) to `last` (the last
    question it answered; before `first` when there was but one), in seconds of the ward's monotonic clock."""

    centre: str
    timeline: int
    first: float
    last: float
    rows: int


@dataclass(frozen=True)
class Held:
    """A lease as a journal has it: from `wall` (epoch seconds) on that centre (None: nobody) and no other may serve."""

    wall: float
    system: str
    centre: str | None
    token: int


@dataclass(frozen=True)
class Report:
    """What was found; without violations the book proves that there was one master at any time."""

    acknowledged: int
    reigns: tuple[Reign, ...]
    violations: tuple[str, ...]


def check(rows: Sequence[RowAck], centre_of: Mapping[str, str], leases: Iterable[Held] = ()) -> Report:
    """Check the acknowledged rows of one system against each other and against the leases of that system.

    `centre_of` gives the centre of each server's address; one that is not in it counts as a centre of its own.
    """
    ordered = sorted(rows, key=lambda row: row.mono)
    found = reigns(ordered, centre_of)
    held = sorted(leases, key=lambda lease: lease.wall)
    violations = (
        *_overlaps(found),
        *_returned(ordered, centre_of),
        *_backwards(ordered),
        *_tokens(held),
        *_without_lease(ordered, centre_of, held),
    )
    return Report(len(ordered), found, violations)


def reigns(rows: Iterable[RowAck], centre_of: Mapping[str, str]) -> tuple[Reign, ...]:
    """Who acknowledged from when to when, in the order of the first acknowledgements."""
    found: dict[tuple[str, int], Reign] = {}
    for row in rows:
        key = (centre_of.get(row.server, row.server), row.timeline)
        reign = found.get(key, Reign(*key, row.mono, row.sent, 0))
        found[key] = Reign(*key, min(reign.first, row.mono), max(reign.last, row.sent), reign.rows + 1)
    return tuple(sorted(found.values(), key=lambda reign: reign.first))


def leases_of(lines: Iterable[Line], system: str) -> tuple[Held, ...]:
    """The leases of that system that a run's journal has as taken or given up."""
    found = []
    for line in lines:
        evidence = line.get("evidence") or {}
        if line.get("state") == "done" and evidence.get("system") == system and {"holder", "token"} <= evidence.keys():
            wall = datetime.fromisoformat(line["at"]).timestamp()
            found.append(Held(wall, system, evidence["holder"], evidence["token"]))
    return tuple(found)


def _overlaps(found: Sequence[Reign]) -> Iterator[str]:
    for one, other in combinations(found, 2):
        if one.centre == other.centre:
            continue
        if one.timeline == other.timeline:
            yield f"timeline {one.timeline} was used by {one.centre} and by {other.centre}"
        common = min(one.last, other.last) - max(one.first, other.first)
        if common >= 0:
            yield (
                f"{one.centre} (timeline {one.timeline}) and {other.centre} (timeline {other.timeline}) both "
                f"acknowledged writes during {common:.3f} s from {max(one.first, other.first):.3f}"
            )


def _returned(rows: Sequence[RowAck], centre_of: Mapping[str, str]) -> Iterator[str]:
    """A timeline that acknowledges after a younger one did: its server never heard that it was replaced."""
    first: dict[int, float] = {}
    for row in rows:
        first.setdefault(row.timeline, row.mono)
    told = set()
    for row in rows:
        younger = [timeline for timeline, seen in first.items() if timeline > row.timeline and seen < row.sent]
        if younger and (row.server, row.timeline) not in told:
            told.add((row.server, row.timeline))
            centre = centre_of.get(row.server, row.server)
            yield f"{centre} acknowledged on timeline {row.timeline} at {row.mono:.3f}, after timeline {max(younger)}"


def _backwards(rows: Sequence[RowAck]) -> Iterator[str]:
    """On one timeline the log only grows; each of the ward's writers waits for an answer before it writes again."""
    for writer in (set(KINDS), {"published"}, {"consumed"}):
        for before, after in pairwise(row for row in rows if row.of in writer):
            if before.timeline == after.timeline and _position(after.lsn) < _position(before.lsn):
                yield f"the log of timeline {after.timeline} went back from {before.lsn} to {after.lsn}"


def _tokens(held: Sequence[Held]) -> Iterator[str]:
    for before, after in pairwise(held):
        if after.token < before.token or (after.token == before.token and after.centre != before.centre):
            yield f"token {after.token} of {after.centre} came after {before.token} of {before.centre}"


def _without_lease(rows: Sequence[RowAck], centre_of: Mapping[str, str], held: Sequence[Held]) -> Iterator[str]:
    for number, lease in enumerate(held):
        until = held[number + 1].wall if number + 1 < len(held) else float("inf")
        for row in rows:
            centre = centre_of.get(row.server, row.server)
            if lease.wall + _CLOCKS < row.wall < until - _CLOCKS and centre != lease.centre:
                late = row.wall - lease.wall
                yield f"{centre} acknowledged {late:.1f} s after token {lease.token} went to {lease.centre or 'nobody'}"
                break


def _position(lsn: str) -> int:
    """A log position as a number of bytes."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)
