from __future__ import annotations

import json

import pytest

from dr import link_drill
from dr.link_drill import Ends, judge
from inventory.error import MedcloudError
from inventory.model import Link, Site
from tests.dr.doors.shell import ScriptedShell
from tests.dr.fakes import FakeClock


def report(times: list[float], sent: int, wall: float = 1000.0) -> str:
    return json.dumps({"sent": sent, "received": len(times), "times": times, "wall": wall})


def test_the_gap_is_the_longest_silence_after_the_cut() -> None:
    times = [0.0, 0.002, 0.012, 0.014, 0.090, 0.092, 0.098]
    gap = judge("l", report(times, 50), struck=1000.015)
    assert gap.gap_ms == pytest.approx(76.0) and gap.usual_ms == pytest.approx(10.0) and gap.lost == 43


def test_a_line_that_never_comes_back_is_a_gap_to_the_end() -> None:
    assert judge("l", report([0.0, 0.002, 0.004], 500), struck=1000.005).gap_ms == pytest.approx(996.0)


def test_without_answers_before_the_cut_nothing_is_measured() -> None:
    with pytest.raises(MedcloudError, match="no answers before the cut"):
        judge("l", report([0.5], 500), struck=1000.1)


def test_the_line_is_healed_even_when_the_probe_fails() -> None:
    done: list[str] = []
    with pytest.raises(MedcloudError):
        link_drill.measure_gap(
            ScriptedShell({"python3 - ": "not json"}),
            _link(),
            Ends("w", "r", "10.21.0.1"),
            lambda: done.append("cut"),
            lambda: done.append("heal"),
            FakeClock(),
        )
    assert done == ["cut", "heal"]


def test_the_ends_of_a_campus_line(xiamen: Site) -> None:
    link = next(link for link in xiamen.links if link.name == "mh-sp2-telecom")
    assert link_drill.ends(xiamen, link) == Ends("10.88.61.11", "10.88.1.1", "10.21.0.1")


def test_a_line_between_centres_has_no_ward(xiamen: Site) -> None:
    link = next(link for link in xiamen.links if {link.a, link.b} == {"software-park-2", "gaodian"})
    with pytest.raises(MedcloudError, match="does not lead from a campus"):
        link_drill.ends(xiamen, link)


def _link() -> Link:
    return Link(name="l", a="a", b="b", carrier="c", path="p", bandwidth_mbit=1, delay_ms=1)
