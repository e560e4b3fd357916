"""Where the boxes of the topology stand: campuses left, home-city centres in the middle, the other cities right."""

from __future__ import annotations

from dataclasses import dataclass

from inventory.model import Campus, Centre, CentreRole, Site

WIDTH = 900.0
BOX_HEIGHT = 104.0
GAP = 66.0
MARGIN = 20.0
CITY_HEAD = 34.0
COLUMNS = ((30.0, 182.0), (352.0, 190.0), (696.0, 186.0))  # left edge and width
_ROLE_ORDER = (
    CentreRole.ANALYTICS, CentreRole.PRODUCTION, CentreRole.SAME_CITY_DR, CentreRole.REMOTE_DR, CentreRole.PUBLIC_CLOUD,
)  # fmt: skip


@dataclass(frozen=True)
class Node:
    """A place as a box: its column (0..2) and its top left corner."""

    place: Centre | Campus
    column: int
    x: float
    y: float
    width: float

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + BOX_HEIGHT / 2


@dataclass(frozen=True)
class City:
    """The frame around the places of one city."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    nodes: tuple[Node, ...]
    cities: tuple[City, ...]
    height: float

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.place.name == name)


def lay_out(site: Site) -> Layout:
    """Boxes and city frames for every centre and campus of the site."""
    home = _home_city(site)
    centres = sorted(site.centres, key=lambda centre: _ROLE_ORDER.index(centre.role))
    columns: list[list[Centre | Campus]] = [
        sorted(site.campuses, key=lambda campus: campus.city != home),
        [centre for centre in centres if centre.city == home],
        sorted((centre for centre in centres if centre.city != home), key=lambda centre: centre.city),
    ]
    tallest = max(_height(len(column)) for column in columns)
    nodes = tuple(node for number, column in enumerate(columns) for node in _column(column, number, tallest))
    cities = tuple(_cities(nodes, home))
    return Layout(nodes, cities, tallest + 2 * MARGIN + CITY_HEAD + 74)


def _home_city(site: Site) -> str:
    production = [centre.city for centre in site.centres if centre.role is CentreRole.PRODUCTION]
    return production[0] if production else site.centres[0].city


def _height(count: int) -> float:
    return count * BOX_HEIGHT + max(count - 1, 0) * GAP


def _column(places: list[Centre | Campus], number: int, tallest: float) -> list[Node]:
    x, width = COLUMNS[number]
    top = MARGIN + CITY_HEAD + (tallest - _height(len(places))) / 2
    return [Node(place, number, x, top + row * (BOX_HEIGHT + GAP), width) for row, place in enumerate(places)]


def _cities(nodes: tuple[Node, ...], home: str) -> list[City]:
    groups: dict[tuple[str, int], list[Node]] = {}
    campuses_at_home = all(node.place.city == home for node in nodes if node.column == 0)
    for node in nodes:
        column = 1 if node.place.city == home and campuses_at_home else node.column
        groups.setdefault((node.place.city, column), []).append(node)
    return [_frame(city, members) for (city, _), members in groups.items()]


def _frame(name: str, members: list[Node]) -> City:
    pad = 14.0
    left = min(node.x for node in members) - pad
    right = max(node.x + node.width for node in members) + pad
    top = min(node.y for node in members) - CITY_HEAD
    bottom = max(node.y + BOX_HEIGHT for node in members) + pad
    return City(name, left, top, right - left, bottom - top)
