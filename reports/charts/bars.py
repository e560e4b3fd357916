"""Horizontal bars: capacity against its N+1 limit, and verdicts by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.charts.scale import Scale
from reports.charts.svg import (
    ACCENT,
    ACCENT_LIGHT,
    BAD,
    FAINT,
    INK,
    MUTED,
    box,
    drawing,
    label,
    rule,
    shorten,
    text_width,
)

WIDTH = 690.0


@dataclass(frozen=True)
class Gauge:
    """One resource of one centre in its own unit; a value nobody measured is None and is not drawn."""

    title: str
    total: float
    limit: float | None  # what may be used so that the spare hosts can fail
    committed: float | None
    used: float | None
    caption: str


@dataclass(frozen=True)
class Stack:
    """A row of parts that add up: (colour, count) each."""

    title: str
    parts: tuple[tuple[str, int], ...]


def gauges(rows: Sequence[Gauge], title: str) -> str:
    """Capacity bars: the track is all there is, pale is committed, dark is used, the red tick is the N+1 limit."""
    left, right, height = 150.0, 446.0, 31.0
    parts: list[str] = []
    for number, row in enumerate(rows):
        top = 6 + number * height
        x = Scale(0, max(row.total, row.committed or 0, 1e-9), left, right)
        parts.append(label(0, top + 16, shorten(row.title, left - 12, 10.5), size=10.5, fill=INK))
        parts.append(box(left, top + 4, x(row.total) - left, 17, fill="#e9eef1", radius=2))
        if row.committed is not None:
            parts.append(box(left, top + 4, x(row.committed) - left, 17, fill=ACCENT_LIGHT, radius=2))
        if row.used is not None:
            parts.append(box(left, top + 8, x(min(row.used, x.high)) - left, 9, fill=ACCENT, radius=1))
        if row.limit is not None:
            parts.append(rule(x(row.limit), top, x(row.limit), top + 25, stroke=BAD, width=2))
        parts.append(label(right + 14, top + 17, shorten(row.caption, WIDTH - right - 14, 9.5), size=9.5, fill=MUTED))
    return drawing(WIDTH, 8 + height * len(rows), title, parts)


def stacks(rows: Sequence[Stack], title: str) -> str:
    """One bar per row, parts side by side with their counts."""
    left, right, height = 170.0, 640.0, 30.0
    most = max((sum(count for _, count in row.parts) for row in rows), default=1)
    x = Scale(0, max(most, 1), left, right)
    parts: list[str] = []
    for number, row in enumerate(rows):
        top, at, total = 4 + number * height, 0, sum(count for _, count in row.parts)
        parts.append(label(0, top + 16, shorten(row.title, left - 14, 10.5), size=10.5, fill=INK))
        for colour, count in row.parts:
            width = x(at + count) - x(at)
            parts.append(box(x(at), top + 3, width - 1, 18, fill=colour))
            if width > text_width(str(count), 10) + 4:
                parts.append(label(x(at) + width / 2, top + 16, str(count), size=10, fill="#ffffff", anchor="middle"))
            at += count
        parts.append(label(x(total) + 8, top + 16, str(total), size=10, fill=MUTED))
    parts.append(rule(left, 0, left, 4 + height * len(rows), stroke=FAINT))
    return drawing(WIDTH, 8 + height * len(rows), title, parts)
