from __future__ import annotations

from xml.etree import ElementTree

from reports.charts.bars import Gauge, Stack, gauges, stacks
from reports.charts.svg import ACCENT, ACCENT_LIGHT, BAD


def _boxes(text: str, colour: str) -> list[float]:
    root = ElementTree.fromstring(text)
    return [float(e.attrib["width"]) for e in root.iter() if e.tag.endswith("rect") and e.attrib["fill"] == colour]


def test_gauges_are_in_proportion_and_show_the_limit() -> None:
    text = gauges([Gauge("vCPU", 200, 150, 100, 50, "caption")], "title")
    (committed,), (used,) = _boxes(text, ACCENT_LIGHT), _boxes(text, ACCENT)
    assert committed == 2 * used
    assert text.count(f'stroke="{BAD}"') == 1 and "caption" in text


def test_what_was_not_measured_is_not_drawn() -> None:
    text = gauges([Gauge("memory", 200, None, 100, None, "used not read")], "title")
    assert _boxes(text, ACCENT) == [] and BAD not in text


def test_more_committed_than_there_is_stays_in_the_picture() -> None:
    (committed,) = _boxes(gauges([Gauge("vCPU", 100, 80, 400, 0, "")], "title"), ACCENT_LIGHT)
    (track,) = _boxes(gauges([Gauge("vCPU", 100, 80, 400, 0, "")], "title"), "#e9eef1")
    assert committed == 4 * track


def test_stacks_add_up_and_name_their_counts() -> None:
    text = stacks([Stack("CES", (("#111111", 30), ("#222222", 10))), Stack("PES", (("#111111", 20),))], "title")
    wide, narrow = _boxes(text, "#111111")
    assert wide > narrow and ">40<" in text and ">30<" in text
    ElementTree.fromstring(stacks([], "nothing"))
