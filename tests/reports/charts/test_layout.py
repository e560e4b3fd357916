from __future__ import annotations

from itertools import combinations

import pytest

from inventory.model import Site
from reports.charts.layout import BOX_HEIGHT, WIDTH, Layout, lay_out


@pytest.fixture(params=["hospital", "xiamen"])
def layout(request: pytest.FixtureRequest) -> Layout:
    return lay_out(request.getfixturevalue(request.param))


def test_every_place_has_a_box_inside_the_picture(layout: Layout) -> None:
    for node in layout.nodes:
        assert node.x >= 0 and node.x + node.width <= WIDTH
        assert node.y >= 0 and node.y + BOX_HEIGHT <= layout.height


def test_no_box_covers_another(layout: Layout) -> None:
    for a, b in combinations(layout.nodes, 2):
        beside = a.x + a.width <= b.x or b.x + b.width <= a.x
        above = a.y + BOX_HEIGHT <= b.y or b.y + BOX_HEIGHT <= a.y
        assert beside or above, (a.place.name, b.place.name)


def test_a_city_frames_its_own_places_and_no_others(layout: Layout) -> None:
    for city in layout.cities:
        for node in layout.nodes:
            x, y = node.middle
            inside = city.x < x < city.x + city.width and city.y < y < city.y + city.height
            assert inside == (node.place.city == city.name)


def test_production_stands_beside_its_same_city_centre(xiamen: Site) -> None:
    layout = lay_out(xiamen)
    production, same_city = layout.node("software-park-2"), layout.node("gaodian")
    assert production.column == same_city.column == 1
    assert same_city.y - production.y < 2 * BOX_HEIGHT
    assert layout.node("fuzhou").column == 2 and layout.node("main-hospital").column == 0
