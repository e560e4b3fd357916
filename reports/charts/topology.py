"""The site on one picture: cities, centres, campuses and every carrier line; what does not run in the lab is dashed."""

from __future__ import annotations

from dataclasses import dataclass

from inventory.model import Centre, Link, Site
from inventory.placement import Runs, instances
from reports.charts.layout import BOX_HEIGHT, WIDTH, City, Layout, Node, lay_out
from reports.charts.svg import (
    ACCENT,
    FAINT,
    INK,
    MUTED,
    PALE,
    RULE,
    box,
    drawing,
    label,
    rule,
    shorten,
    tag,
    text_width,
    wrapped,
)
from reports.words import Words

TUCK = 5.0  # lines end under their box, so that shifted parallels leave no gap
CARRIER_COLOURS = ("#0f6f8c", "#c7672b", "#6a5199", "#4f7d3c", "#9a3b5f")


@dataclass(frozen=True)
class _Path:
    """A line's course: SVG path data and the point where its label stands."""

    data: str
    at: tuple[float, float]


def topology(site: Site, words: Words) -> str:
    """The whole picture as SVG."""
    layout = lay_out(site)
    bundles = _bundles(site)
    paths = {pair: _course(layout, pair, rank, len(bundles)) for rank, pair in enumerate(bundles)}
    parts = [_city(city) for city in layout.cities]
    for pair, links in bundles.items():
        parts += [_stroke(site, link, paths[pair], number, len(links)) for number, link in enumerate(links)]
    parts += [_place(site, node, words) for node in layout.nodes]
    parts += [_line_label(site, links, paths[pair].at, words) for pair, links in bundles.items()]
    parts += _legend(site, layout.height - 14, words)
    return drawing(WIDTH, layout.height, words("topology.title"), parts)


def in_lab(site: Site, name: str) -> bool:
    """Whether the lab profile runs that place (all run when there is no profile)."""
    return site.lab is None or name in site.lab.centres or name in site.lab.campuses


def line_in_lab(site: Site, link: Link) -> bool:
    """A line runs when both its ends do."""
    return in_lab(site, link.a) and in_lab(site, link.b)


def _bundles(site: Site) -> dict[tuple[str, str], list[Link]]:
    found: dict[tuple[str, str], list[Link]] = {}
    for link in site.links:
        key = (link.b, link.a) if (link.b, link.a) in found else (link.a, link.b)
        found.setdefault(key, []).append(link)
    return found


def _course(layout: Layout, pair: tuple[str, str], rank: int, total: int) -> _Path:
    left, right = sorted((layout.node(pair[0]), layout.node(pair[1])), key=lambda node: (node.column, node.y))
    spread = (rank - (total - 1) / 2) * 9
    if left.column == right.column:
        return _same_column(left, right, spread)
    if right.column - left.column > 1:
        return _below(layout, left, right)
    (_, y1), (_, y2) = left.middle, right.middle
    lean = max(-28.0, min(28.0, (y2 - y1) / 5))
    return _curve((left.x + left.width - TUCK, y1 + lean), (right.x + TUCK, y2 - lean * 0.8))


def _curve(start: tuple[float, float], end: tuple[float, float]) -> _Path:
    (x1, y1), (x2, y2) = start, end
    bend = (x2 - x1) / 2
    data = f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return _Path(data, ((x1 + x2) / 2, (y1 + y2) / 2))


def _same_column(upper: Node, lower: Node, spread: float) -> _Path:
    x, y1, y2 = upper.middle[0], upper.y + BOX_HEIGHT, lower.y
    if y2 - y1 < BOX_HEIGHT:
        return _Path(f"M{x:.1f} {y1 - TUCK:.1f}L{x:.1f} {y2 + TUCK:.1f}", (x, (y1 + y2) / 2))
    edge = upper.x + upper.width
    bulge = edge + 34 + abs(spread) / 4
    start, end = upper.middle[1] + 18, lower.middle[1] - 18
    data = f"M{edge:.1f} {start:.1f}C{bulge:.1f} {start:.1f} {bulge:.1f} {end:.1f} {edge:.1f} {end:.1f}"
    return _Path(data, (edge + (bulge - edge) * 0.75, (start + end) / 2))


def _below(layout: Layout, left: Node, right: Node) -> _Path:
    """Between the outer columns: round the lower side of the column between them."""
    floor = max(node.y for node in layout.nodes) + BOX_HEIGHT + 34
    (x1, _), (x2, _) = left.middle, right.middle
    y1, y2 = left.y + BOX_HEIGHT - TUCK, right.y + BOX_HEIGHT - TUCK
    turn = 46.0
    data = (
        f"M{x1:.1f} {y1:.1f}L{x1:.1f} {floor - turn:.1f}Q{x1:.1f} {floor:.1f} {x1 + turn:.1f} {floor:.1f}"
        f"L{x2 - turn:.1f} {floor:.1f}Q{x2:.1f} {floor:.1f} {x2:.1f} {floor - turn:.1f}L{x2:.1f} {y2:.1f}"
    )
    return _Path(data, ((x1 + x2) / 2, floor))


def _colour(site: Site, carrier: str) -> str:
    names = [item.name for item in site.carriers]
    return CARRIER_COLOURS[names.index(carrier) % len(CARRIER_COLOURS)]


def _stroke(site: Site, link: Link, path: _Path, number: int, count: int) -> str:
    shift = (number - (count - 1) / 2) * 5
    run = line_in_lab(site, link)
    return tag(
        "path", d=path.data, fill="none", stroke=_colour(site, link.carrier), stroke_width=2.0,
        stroke_dasharray=None if run else "3 4", stroke_opacity=None if run else 0.65,
        transform=f"translate({shift:.1f} {shift:.1f})" if shift else None,
    )  # fmt: skip


def _line_label(site: Site, links: list[Link], at: tuple[float, float], words: Words) -> str:
    rows = [f"{words.bandwidth(link.bandwidth_mbit)} · {link.delay_ms:g} ms" for link in links]
    width = max(text_width(row, 11) for row in rows) + 8
    height = 15 * len(rows) + 4
    left, top = at[0] - width / 2, at[1] - height / 2
    texts = [
        label(at[0], top + 13 + 15 * number, row, size=11, anchor="middle", fill=_colour(site, links[number].carrier))
        for number, row in enumerate(rows)
    ]
    return box(left, top, width, height, fill="#ffffff", radius=3, opacity=0.94) + "".join(texts)


def _city(city: City) -> str:
    frame = box(city.x, city.y, city.width, city.height, fill=PALE, stroke=RULE, radius=8)
    return frame + label(city.x + 12, city.y + 22, city.name, size=14, fill=MUTED, bold=True)


def _place(site: Site, node: Node, words: Words) -> str:
    place, run = node.place, in_lab(site, node.place.name)
    role = words(f"role.{place.role.value}") if isinstance(place, Centre) else words(f"campus.{place.kind.value}")
    edge, room, left = ACCENT if run else FAINT, node.width - 22, node.x + 14
    title = wrapped(words.text(place.title), room, 14)
    quiet = [(role, edge if run else MUTED), (place.name, MUTED), (_what_runs(site, node, words), MUTED)]
    lines = [(text, 14.0, INK) for text in title]
    lines += [(text, 11.5, colour) for text, colour in (quiet if len(title) == 1 else [quiet[0], quiet[2]])]
    frame = box(
        node.x, node.y, node.width, BOX_HEIGHT, fill="#ffffff", stroke=edge, radius=5, dash=None if run else "4 4"
    )
    return (
        frame
        + box(node.x, node.y, 4, BOX_HEIGHT, fill=edge)
        + "".join(
            label(left, node.y + 25 + 22 * row, shorten(text, room, size), size=size, fill=colour, bold=size > 12)
            for row, (text, size, colour) in enumerate(lines)
        )
    )


def _what_runs(site: Site, node: Node, words: Words) -> str:
    if not in_lab(site, node.place.name):
        return words("topology.declared_only")
    if not isinstance(node.place, Centre):
        return words("topology.campus_runs")
    placed = instances(site, node.place.name)
    real = sum(item.runs is Runs.MACHINE for item in placed)
    return words("topology.instances", real=real, counted=len(placed) - real)


def _legend(site: Site, y: float, words: Words) -> list[str]:
    parts, x = [], 36.0
    for carrier in site.carriers:
        title = words.text(carrier.title)
        parts.append(rule(x, y - 4, x + 26, y - 4, stroke=_colour(site, carrier.name), width=2.5))
        parts.append(label(x + 32, y, title, size=12, fill=MUTED))
        x += 32 + text_width(title, 12) + 26
    parts.append(rule(x, y - 4, x + 26, y - 4, stroke=FAINT, width=2, dash="3 4"))
    parts.append(label(x + 32, y, words("topology.legend_declared"), size=12, fill=MUTED))
    return parts
