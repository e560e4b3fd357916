"""The orchestrator's own place."""

from __future__ import annotations

import pytest

from dr.planner import standard
from dr.whereabouts import centre_of_host, refuse_victim
from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Site


def test_the_victim_may_not_run_the_drill_and_the_survivors_may(xiamen: Site) -> None:
    plan = standard(xiamen, "same-city-failover")
    with pytest.raises(MedcloudError, match="stands in software-park-2") as caught:
        refuse_victim(xiamen, plan, "software-park-2")
    assert caught.value.code == "refused" and "gaodian" in caught.value.hint
    refuse_victim(xiamen, plan, "gaodian")
    refuse_victim(xiamen, plan, None)
    refuse_victim(xiamen, standard(xiamen, "production-failback"), "software-park-2")


def test_an_unknown_place_is_bad_input(xiamen: Site) -> None:
    with pytest.raises(MedcloudError, match="no centre `moon`") as caught:
        refuse_victim(xiamen, standard(xiamen, "same-city-failover"), "moon")
    assert caught.value.code == "input"


def test_a_declared_machine_knows_its_centre_and_a_stranger_none(xiamen: Site) -> None:
    machine = next(m for m in machines(xiamen) if m.place == "gaodian")
    assert centre_of_host(xiamen, machine.name) == "gaodian"
    assert centre_of_host(xiamen, f"{machine.name}.hospital.example") == "gaodian"
    assert centre_of_host(xiamen, "laptop") is None
    workstation = next(m for m in machines(xiamen) if m.place == "main-hospital")
    assert centre_of_host(xiamen, workstation.name) is None
