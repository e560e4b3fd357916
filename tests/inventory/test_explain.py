"""What explain says is derived, so it is compared with the model's own words."""

from __future__ import annotations

import pytest

from inventory.error import MedcloudError
from inventory.explain import dependents, explain, names
from inventory.model import Site


def test_everything_with_a_name_can_be_explained(xiamen: Site) -> None:
    for kind, words in names(xiamen).items():
        for word in words:
            assert kind in {item.kind for item in explain(xiamen, word)}


def test_dependents_are_found_through_others(xiamen: Site) -> None:
    needed = dependents(xiamen, "data-centre-database")
    assert "data-centre" in needed
    assert "patient-view" in needed, "through data-centre"
    assert "his" not in needed
    assert dependents(xiamen, "remote-education") == []


def test_a_system_shows_address_copies_and_promise(xiamen: Site) -> None:
    (item,) = explain(xiamen, "his-database")
    assert item.facts["service"] == "10.10.10.1 port 5432, moves with the system"
    assert "his-database-gaodian-1 10.22.20.10 (sync copy, machine)" in item.facts["instances"]
    assert "backup to fuzhou every 6 h, kept 180 d, restore proved every 90 d" in item.facts["protection"]
    assert item.facts["promise"] == "RTO 10 min, RPO 0 s"


def test_a_line_shows_both_ends_and_its_twin(xiamen: Site) -> None:
    (item,) = explain(xiamen, "mh-sp2-telecom")
    assert item.facts["ends"] == ["main-hospital 172.20.0.1/30", "software-park-2 172.20.0.2/30"]
    assert item.facts["other lines of the pair"] == "mh-sp2-unicom"


def test_an_unknown_name_gets_the_nearest(xiamen: Site) -> None:
    with pytest.raises(MedcloudError) as caught:
        explain(xiamen, "his-databse")
    assert caught.value.code == "input"
    assert caught.value.hint == "did you mean `his-database`?"
