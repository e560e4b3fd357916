from __future__ import annotations

from dr.shedding import share
from inventory.model import Site


def test_everything_with_a_copy_runs_and_the_rest_by_priority(xiamen: Site) -> None:
    found = share(xiamen, "software-park-2", "gaodian")
    assert found.runs[:2] == ("his-database", "data-centre-database") and "his" in found.runs
    assert found.shed[0] == "development-test", "what has no protection and class 1 data goes first"
    every = {system.name for system in xiamen.systems if system.centre == "software-park-2"}
    assert {*found.runs, *found.fits, *found.shed} == every


def test_what_is_shed_is_less_urgent_than_what_care_cannot_miss(xiamen: Site) -> None:
    found = share(xiamen, "software-park-2", "gaodian", lost_hosts=1)
    assert not {"his-database", "his", "emr", "single-sign-on"} & set(found.shed)
    assert set(share(xiamen, "software-park-2", "gaodian").shed) < set(found.shed)


def test_a_centre_with_no_host_left_runs_only_dedicated_servers(xiamen: Site) -> None:
    found = share(xiamen, "software-park-2", "gaodian", lost_hosts=9)
    assert found.runs == ("his-database", "data-centre-database") and not found.fits
