"""The drill on one time axis: above, the transactions acknowledged to the ward; below, the steps that ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.charts.scale import Scale, nice_step
from reports.charts.svg import (
    ACCENT,
    ACCENT_LIGHT,
    BAD,
    FAINT,
    GREY,
    INK,
    MUTED,
    RULE,
    box,
    drawing,
    label,
    rule,
    shorten,
    tag,
)
from reports.words import Words

WIDTH = 690.0
LEFT, RIGHT = 170.0, 680.0
PLOT_TOP, PLOT_BOTTOM = 30.0, 124.0
ROW = 22.0


@dataclass(frozen=True)
class Bar:
    """A step: seconds since the drill began, and the colour of its outcome."""

    title: str
    start: float
    end: float
    colour: str = ACCENT


@dataclass(frozen=True)
class Gap:
    """The outage as the ward saw it, in seconds since the drill began, with its caption."""

    start: float
    end: float
    caption: str


def timeline(bars: Sequence[Bar], acks: Sequence[float], gap: Gap | None, words: Words) -> str:
    """The picture; `acks` are the moments (seconds since the drill began) at which the ward got an acknowledgement."""
    times = [*acks, *(bar.start for bar in bars), *(bar.end for bar in bars), 0.0]
    x = Scale(min(times), max(max(times), min(times) + 1.0), LEFT, RIGHT)
    bottom = PLOT_BOTTOM + 34 + ROW * len(bars)
    parts = _grid(x, bottom)
    if acks:
        parts += _throughput(x, acks, words)
    if gap:
        parts += _outage(x, gap, bottom)
    parts += [part for number, bar in enumerate(bars) for part in _row(x, bar, PLOT_BOTTOM + 24 + ROW * number, words)]
    parts += _axis(x, bottom, words)
    return drawing(WIDTH, bottom + 34, words("drill.timeline"), parts)


def _grid(x: Scale, bottom: float) -> list[str]:
    return [rule(x(tick), PLOT_TOP, x(tick), bottom, stroke="#e8edf0") for tick in x.ticks(8)]


def _axis(x: Scale, bottom: float, words: Words) -> list[str]:
    ticks = [label(x(tick), bottom + 15, f"{tick:g}", size=9.5, fill=MUTED, anchor="middle") for tick in x.ticks(8)]
    title = label(RIGHT, bottom + 30, words("drill.axis_seconds"), size=9.5, fill=MUTED, anchor="end")
    return [rule(LEFT, bottom, RIGHT, bottom, stroke=FAINT), *ticks, title]


def per_bin(acks: Sequence[float], low: float, high: float) -> tuple[float, list[int]]:
    """Acknowledgements per time bin: the bin's width in seconds (a round number, at most 240 bins) and the counts."""
    width = max(nice_step((high - low) / 240), 0.1)
    counts = [0] * (int((high - low) / width) + 1)
    for moment in acks:
        counts[int((moment - low) / width)] += 1
    return width, counts


def _throughput(x: Scale, acks: Sequence[float], words: Words) -> list[str]:
    width, counts = per_bin(acks, x.low, x.high)
    rates = [count / width for count in counts]
    y = Scale(0, max(rates), PLOT_BOTTOM, PLOT_TOP + 4)
    ticks = [tick for tick in y.ticks(3) if tick > 0]
    parts = [label(0, PLOT_TOP + 14, words("drill.throughput"), size=10.5, bold=True)]
    parts.append(label(0, PLOT_TOP + 30, words("drill.throughput_unit"), size=9.5, fill=MUTED))
    parts += [rule(LEFT, y(tick), RIGHT, y(tick), stroke="#e8edf0") for tick in ticks]
    parts += [label(LEFT - 6, y(tick) + 3, f"{tick:g}", size=9, fill=MUTED, anchor="end") for tick in ticks]
    edges = [min(x(x.low + number * width), RIGHT) for number in range(len(rates) + 1)]
    points = "".join(
        f"L{left:.1f} {y(rate):.1f}L{right:.1f} {y(rate):.1f}"
        for left, right, rate in zip(edges, edges[1:], rates, strict=False)
    )
    path = f"M{LEFT:.1f} {PLOT_BOTTOM:.1f}{points}L{RIGHT:.1f} {PLOT_BOTTOM:.1f}Z"
    parts.append(tag("path", d=path, fill=ACCENT_LIGHT, stroke=ACCENT, stroke_width=0.7))
    return [*parts, rule(LEFT, PLOT_BOTTOM, RIGHT, PLOT_BOTTOM, stroke=FAINT)]


def _outage(x: Scale, gap: Gap, bottom: float) -> list[str]:
    left, right = x(gap.start), x(gap.end)
    middle = min(max((left + right) / 2, LEFT + 60), RIGHT - 60)
    edges = [rule(edge, PLOT_TOP - 6, edge, bottom, stroke=BAD, dash="3 3") for edge in (left, right)]
    shade = box(left, PLOT_TOP - 6, right - left, bottom - PLOT_TOP + 6, fill=BAD, opacity=0.07)
    return [shade, *edges, label(middle, PLOT_TOP - 12, gap.caption, size=11.5, fill=BAD, anchor="middle", bold=True)]


def _row(x: Scale, bar: Bar, top: float, words: Words) -> list[str]:
    left, width = x(bar.start), max(x(bar.end) - x(bar.start), 2.0)
    seconds = words.seconds(bar.end - bar.start)
    after = left + width + 6
    time_x, anchor = (left - 6, "end") if after > RIGHT - 48 else (after, "start")
    return [
        rule(0, top - 3, RIGHT, top - 3, stroke=RULE if bar.colour != GREY else "#e8edf0"),
        label(0, top + 12, shorten(bar.title, LEFT - 14, 10), size=10, fill=INK),
        box(left, top + 3, width, 11, fill=bar.colour, radius=2),
        label(time_x, top + 12, seconds, size=9, fill=MUTED, anchor=anchor),
    ]
