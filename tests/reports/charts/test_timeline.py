from __future__ import annotations

from xml.etree import ElementTree

import pytest

from reports.charts.timeline import Bar, Gap, per_bin, timeline
from reports.words import load_words

WORDS = load_words("en")


def test_every_acknowledgement_falls_into_one_bin() -> None:
    acks = [0.0, 0.4, 0.5, 9.99, 10.0]
    width, counts = per_bin(acks, 0.0, 10.0)
    assert width * len(counts) > 10.0
    assert sum(counts) == 5 and counts[0] == 1


@pytest.mark.parametrize("last", [0.05, 3.0, 61.0, 3600.0, 86400.0])
def test_there_are_never_too_many_bins(last: float) -> None:
    _, counts = per_bin([0.0, last], 0.0, last)
    assert 1 <= len(counts) <= 241 and sum(counts) == 2


def test_the_gap_is_drawn_where_it_was() -> None:
    bars = [Bar("promote", 10.0, 60.0)]
    text = timeline(bars, [0.0, 10.0, 90.0, 100.0], Gap(10.0, 90.0, "outage 80.0 s"), WORDS)
    root = ElementTree.fromstring(text)
    shade = next(e for e in root.iter() if e.attrib.get("fill-opacity") == "0.07")
    bar = next(e for e in root.iter() if e.attrib.get("rx") == "2")
    assert float(shade.attrib["x"]) == float(bar.attrib["x"])
    assert float(shade.attrib["width"]) / float(bar.attrib["width"]) == pytest.approx(80 / 50, abs=0.01)
    assert "outage 80.0 s" in text


def test_without_a_ledger_the_steps_are_still_drawn() -> None:
    text = timeline([Bar("only <step>", 0.0, 0.0)], [], None, WORDS)
    assert "only &lt;step&gt;" in text and "outage" not in text and "Acknowledged" not in text


def test_nothing_at_all_is_a_picture_too() -> None:
    ElementTree.fromstring(timeline([], [], None, WORDS))
