from __future__ import annotations

import json

import pytest

from dr import link_drill
from dr.link_drill import Ends, judge
from inventory.error import MedcloudError
from inventory.model import Site
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
            "l",
            Ends("w", "r", "10.21.0.1"),
            lambda: done.append("cut"),
            lambda: done.append("heal"),
            FakeClock(),
        )
    assert done == ["cut", "heal"]


def test_a_line_is_felt_between_its_own_ends(xiamen: Site) -> None:
    chosen = link_drill.break_of_line(xiamen, "mh-sp2-telecom")
    assert chosen.between == Ends("10.88.61.11", "10.88.1.1", "10.21.0.1") and chosen.cut == ("mh-sp2-telecom",)


def test_a_carrier_is_all_its_lines_of_the_hospital(xiamen: Site) -> None:
    chosen = link_drill.break_of_carrier(xiamen, "unicom")
    assert chosen.between.responder == "10.88.1.1"
    assert set(chosen.cut) == {"mh-sp2-unicom", "mh-gd-unicom", "mh-fz-unicom", "mh-sp3-unicom"}


def test_a_conduit_is_broken_as_one(xiamen: Site) -> None:
    chosen = link_drill.break_of_conduit(xiamen, "tcm-gd-bridge-duct")
    assert chosen.cut == ("tcm-gd-bridge-duct",)
    assert chosen.between == Ends("10.88.62.11", "10.88.2.1", "10.22.0.1")


def test_an_uplink_is_felt_by_the_ward_behind_it(xiamen: Site) -> None:
    wards = {name: link_drill.break_of_cable(xiamen, name).between.ward for name in ("uplink-61-1-1", "uplink-61-2-1")}
    assert wards == {"uplink-61-1-1": "10.88.61.11", "uplink-61-2-1": "10.88.61.12"}


def test_an_edge_loses_its_power(xiamen: Site) -> None:
    chosen = link_drill.break_of_edge(xiamen, "main-hospital-edge-2")
    assert (chosen.power, chosen.cut) == (("main-hospital-edge-2",), ())


@pytest.mark.parametrize(
    ("what", "name", "near"),
    [
        ("line", "mh-sp2-telekom", "mh-sp2-telecom"),
        ("conduit", "tcm-gd-bridge-dukt", "tcm-gd-bridge-duct"),
        ("carrier", "telekom", "telecom"),
        ("cable", "uplink-61-1-3", "uplink-61-1-"),
        ("edge", "main-hospital-edge-3", "main-hospital-edge-"),
    ],
)
def test_a_wrong_name_names_the_nearest(xiamen: Site, what: str, name: str, near: str) -> None:
    with pytest.raises(MedcloudError) as caught:
        getattr(link_drill, f"break_of_{what}")(xiamen, name)
    assert caught.value.code == "input" and near in caught.value.hint


def test_a_line_between_centres_has_no_ward(xiamen: Site) -> None:
    with pytest.raises(MedcloudError, match="does not lead from a campus"):
        link_drill.break_of_line(xiamen, "sp2-gd-telecom")


def test_a_line_that_the_lab_leaves_out_cannot_break(xiamen: Site) -> None:
    assert xiamen.lab is not None
    small = xiamen.model_copy(update={"lab": xiamen.lab.model_copy(update={"campuses": ("main-hospital",)})})
    with pytest.raises(MedcloudError, match="not part of the lab"):
        link_drill.break_of_conduit(small, "tcm-gd-bridge-duct")
