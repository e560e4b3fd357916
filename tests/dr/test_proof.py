"""The worst of the last unplanned drills decides; what was not measured, or only counted, proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from dr import runs
from dr.journal import Journal
from dr.planner import standard
from dr.proof import NotProved, Proof, latest, of_system, restores
from inventory.load import load_site
from inventory.model import Site, System
from tests.dr.results import NOW, part, result, step

HIS = "his-database"


def his(site: Site | None = None) -> System:
    return (site or load_site("xiamen")).system(HIS)


def proof(*results: object, last: int = 3) -> Proof:
    found = of_system(his(), results, (), NOW, last)  # type: ignore[arg-type]
    assert isinstance(found, Proof), found
    return found


def why(*results: object) -> str:
    found = of_system(his(), results, (), NOW)  # type: ignore[arg-type]
    assert isinstance(found, NotProved), found
    return found.why


def test_the_worst_outage_and_the_worst_loss_may_come_from_two_runs() -> None:
    slow = result("slow", part(HIS, rto=30.0))
    lossy = result("lossy", part(HIS, rto=5.0, missing=4, missing_seconds=2.5))
    found = proof(slow, lossy)
    assert (found.rto_seconds, found.rto_run) == (30.0, "slow")
    assert (found.rpo_seconds, found.rpo_run, found.lost_rows) == (2.5, "lossy", 4)


def test_only_the_last_runs_of_a_plan_count_but_of_every_plan() -> None:
    old = [result(f"run-{n}", part(HIS, rto=100.0 - n), days_ago=10 - n) for n in range(5)]
    assert proof(*old).runs == ("run-2", "run-3", "run-4") and proof(*old).rto_seconds == 98.0
    assert proof(*old, last=1).rto_seconds == 96.0
    remote = result("remote", part(HIS, rto=500.0), days_ago=200, plan="remote-failover")
    assert proof(*old, remote).rto_run == "remote"


def test_a_row_that_only_healing_brought_back_counts_as_lost() -> None:
    found = proof(result("r", part(HIS, before=1, missing=0, missing_seconds=0.0)))
    assert found.lost_rows == 1 and found.rpo_seconds > 0


def test_a_loss_of_unknown_age_is_longer_than_any_threshold() -> None:
    assert proof(result("r", part(HIS, missing=1, missing_seconds=None))).rpo_seconds == float("inf")


@pytest.mark.parametrize("mode", ["tabletop", "test", "planned", "failback"])
def test_a_run_in_which_nothing_was_lost_from_sight_proves_nothing(mode: str) -> None:
    assert "no unplanned drill" in why(result("r", part(HIS), mode=mode))


def test_the_loss_of_another_centre_is_no_disaster_to_the_system() -> None:
    assert "no unplanned drill" in why(result("r", part(HIS), source="gaodian", target="software-park-2"))


def test_a_run_older_than_a_year_has_expired() -> None:
    assert "within a year" in why(result("r", part(HIS), days_ago=366))


def test_a_system_that_was_only_counted_or_not_measured_is_not_proved() -> None:
    assert "only counted in r" in why(result("r", part("pacs"), left_out=(HIS,)))
    assert "could not measure" in why(result("good", part(HIS)), result("bad", part(HIS, rto=None)))
    assert "could not measure" in why(result("r", part(HIS, missing=None)))


def test_an_address_that_no_step_moved_was_not_switched_automatically() -> None:
    assert proof(result("r", part(HIS))).address_moved
    assert not proof(result("r", part(HIS), steps=())).address_moved


def abandoned(folder: Path, site: Site, struck: bool) -> runs.Run:
    drills = folder / "drills"
    journal = Journal(runs.create(drills, "bad", site, standard(site, "same-city-failover")) / "journal.jsonl")
    if struck:
        journal.append("step/s/done", "step", step="strike-centre", state="done", evidence={}, seconds=1.0)
    journal.append("abandoned", "abandoned", reason="it went badly")
    return runs.load(drills, "bad")


def test_a_run_that_struck_and_was_given_up_spoils_the_grade_until_enough_good_ones_follow(
    tmp_path: Path, xiamen: Site
) -> None:
    from datetime import datetime, timedelta

    bad = abandoned(tmp_path, xiamen, struck=True)
    now = datetime.fromisoformat(bad.lines[0]["at"]) + timedelta(days=5)
    good = [
        result(f"good-{n}", part(HIS)).model_copy(
            update={"started": (now - timedelta(days=n)).isoformat(), "ended": (now - timedelta(days=n)).isoformat()}
        )
        for n in (1, 2, 3)
    ]
    found = of_system(his(xiamen), good[:2], (bad,), now)
    assert isinstance(found, NotProved) and found.run == "bad" and "given up" in found.why
    assert isinstance(of_system(his(xiamen), good, (bad,), now), Proof)


def test_a_run_given_up_before_it_struck_is_nobodys_failure(tmp_path: Path, xiamen: Site) -> None:
    bad = abandoned(tmp_path, xiamen, struck=False)
    found = of_system(his(xiamen), [result("good", part(HIS))], (bad,), NOW)
    assert isinstance(found, Proof)


def test_restores_are_steps_that_name_their_system_and_found_no_difference() -> None:
    done = [
        step("restore-database", NOW, system=HIS, point_in_time="2026-11-01T00:00:00+00:00"),
        step("restore-archive", NOW, system="pacs"),
        step("restore-database", NOW, system="emr", verdict="missed"),
        step("rejoin-database", NOW, system="his"),
    ]
    found = latest(restores([result("r", steps=tuple(done))]))
    assert {name: restore.point_in_time for name, restore in found.items()} == {HIS: True, "pacs": False}
