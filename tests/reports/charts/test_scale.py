from __future__ import annotations

import pytest

from reports.charts.scale import Scale, nice_step
from reports.charts.svg import label, shorten, text_width, wrapped


def test_a_scale_maps_ends_to_ends_and_may_be_upside_down() -> None:
    scale = Scale(10, 20, 100, 0)
    assert [scale(10), scale(15), scale(20)] == [100, 50, 0]
    assert Scale(5, 5, 0, 100)(5) == 0


@pytest.mark.parametrize(("high", "ticks"), [(61, [0, 20, 40, 60]), (9, [0, 2, 4, 6, 8]), (0, [0])])
def test_ticks_are_round_values_inside(high: float, ticks: list[float]) -> None:
    assert Scale(0, high, 0, 1).ticks(5) == ticks


@pytest.mark.parametrize(("rough", "step"), [(0.013, 0.02), (1.0, 1.0), (3.1, 5.0), (7.0, 10.0)])
def test_steps_are_one_two_or_five(rough: float, step: float) -> None:
    assert nice_step(rough) == pytest.approx(step)


def test_texts_are_cut_or_wrapped_to_their_room() -> None:
    assert shorten("容灾", 100, 10) == "容灾"
    cut = shorten("容灾演练等级保护", 45, 10)
    assert cut.endswith("…") and text_width(cut, 10) <= 45
    assert wrapped("The Third Hospital of Xiamen", 110, 10) == ["The Third Hospital", "of Xiamen"]
    assert wrapped("厦门市第三医院", 10, 10) == ["厦门市第三医院"]


def test_text_is_escaped() -> None:
    assert "&lt;x&gt; &amp; y" in label(0, 0, "<x> & y")
