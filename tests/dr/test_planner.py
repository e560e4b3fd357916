"""Plans for any pair of centres and any set of systems, in every mode, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dr import planner, steps
from dr.plan import Acceptance, Mode, Plan
from dr.planner import Wish
from inventory.error import MedcloudError
from inventory.model import Site

PRODUCTION, SAME_CITY, REMOTE = "software-park-2", "gaodian", "fuzhou"
AGREED = (Acceptance(what="shedding", by="Chen Li"),)


def after(plan: Plan, name: str) -> tuple[str, ...]:
    return next(call.after for call in plan.steps if call.name == name)


def names(plan: Plan) -> list[str]:
    return [call.name for call in plan.steps]


def test_the_standard_drills_cover_every_mode_and_direction(kept: Site) -> None:
    found = {p.name: (p.mode, p.source, p.target) for p in planner.available(kept)}
    assert found["same-city-failover"] == (Mode.UNPLANNED, PRODUCTION, SAME_CITY)
    assert found["production-failback"] == (Mode.FAILBACK, SAME_CITY, PRODUCTION)
    assert found["remote-switchover"] == (Mode.PLANNED, PRODUCTION, REMOTE)
    assert found["remote-failback"] == (Mode.FAILBACK, REMOTE, PRODUCTION)
    assert found["same-city-test"] == (Mode.TEST, PRODUCTION, SAME_CITY)
    assert found["remote-loss"] == (Mode.UNPLANNED, REMOTE, PRODUCTION)
    assert {mode for mode, _, _ in found.values()} == set(Mode)


def test_every_plan_can_be_run_as_listed_with_parameters_that_its_steps_take(kept: Site) -> None:
    for plan in planner.available(kept):
        done: set[str] = set()
        for call in plan.steps:
            assert done.issuperset(call.after), f"{plan.name}: {call.name}"
            steps.find(call.step).Params.model_validate(call.params)
            done.add(call.name)
        guard = "assess-outage" if plan.mode is Mode.OUTAGE else "assess-start"
        assert plan.steps[0].step == guard and not plan.steps[0].after


def test_systems_that_do_not_depend_on_each_other_move_side_by_side(xiamen: Site) -> None:
    plan = planner.standard(xiamen, "same-city-failover")
    assert after(plan, "take-lease-his-database") == after(plan, "take-lease-pacs") == ("fence-centre",)
    assert after(plan, "rejoin-database") == after(plan, "copy-images") == ("release-centre",)


def test_a_cold_standby_starts_when_what_it_depends_on_is_there(xiamen: Site) -> None:
    plan = planner.compute(xiamen, Wish(PRODUCTION, SAME_CITY, Mode.UNPLANNED, whole=True, accepted=AGREED))
    assert set(after(plan, "start-his")) == {"move-service-address", "start-single-sign-on"}
    assert after(plan, "start-single-sign-on") == ("fence-centre",)
    assert set(after(plan, "start-ris")) == {"move-service-address", "switch-pacs"}
    assert plan.started[:3] == ("single-sign-on", "patient-index", "his")


def test_one_system_is_planned_with_what_holds_its_records(xiamen: Site) -> None:
    plan = planner.compute(xiamen, Wish(PRODUCTION, SAME_CITY, Mode.PLANNED, ("his",)))
    assert plan.moved == ("his-database",) and plan.started == ("single-sign-on", "his")
    alone = planner.compute(xiamen, Wish(PRODUCTION, SAME_CITY, Mode.PLANNED, ("pacs",)))
    assert alone.moved == ("pacs",) and not any("database" in name for name in names(alone))


def test_going_home_starts_the_instances_there_and_stops_the_cold_ones(xiamen: Site) -> None:
    plan = planner.compute(xiamen, Wish(SAME_CITY, PRODUCTION, Mode.FAILBACK, ("single-sign-on", "his-database")))
    centres = {call.name: call.params["centre"] for call in plan.steps if call.step.endswith("-instances")}
    assert centres == {"start-single-sign-on": PRODUCTION, "stop-single-sign-on": SAME_CITY}


def test_planned_drains_and_ships_before_it_hands_over(xiamen: Site) -> None:
    plan = planner.standard(xiamen, "same-city-switchover")
    chain = ["drain-database", "ship-last-byte", "take-lease-his-database", "switchover-database"]
    for earlier, later in zip(chain, [*chain[1:], "move-service-address"], strict=True):
        assert after(plan, later) == (earlier,)
    assert after(plan, "ship-last-images") == ("switch-pacs",)


def test_a_distant_copy_is_preferred_first_and_everything_is_protected_again_after_it(xiamen: Site) -> None:
    there = planner.standard(xiamen, "remote-switchover")
    assert next(c.params["centre"] for c in there.steps if c.name == "prefer-copy") == REMOTE
    assert next(c.params["centre"] for c in there.steps if c.name == "protect-again") == PRODUCTION
    assert there.stranded == ("pacs",) and "pacs" not in there.moved
    home = planner.standard(xiamen, "remote-failback")
    assert next(c.step for c in home.steps if c.name == "protect-again") == "reset-preference"
    assert "prefer-copy" not in names(planner.standard(xiamen, "same-city-switchover"))


def test_a_centre_that_comes_back_in_the_middle_does_so_while_the_target_is_promoted(xiamen: Site) -> None:
    plan = planner.standard(xiamen, "same-city-returning")
    assert after(plan, "heal-centre") == after(plan, "take-lease-his-database") == ("fence-centre",)
    assert "measure-before-healing" not in names(plan)


def test_in_earnest_nothing_is_struck_and_the_ledger_begins_when_the_ward_is_served_again(xiamen: Site) -> None:
    plan, drill = (planner.standard(xiamen, f"same-city-{word}") for word in ("outage", "failover"))
    assert not {"strike-centre", "detect-outage"} & set(names(plan))
    assert set(after(plan, "start-ledger")) == {"move-service-address", "switch-pacs"}
    assert after(plan, "heal-centre") == ("stop-ledger",) and after(plan, "fence-centre") == ("assess-outage",)
    params = {call.name: call.params for call in plan.steps}
    assert (
        params["heal-centre"]["wait_only"]
        and params["start-ledger"]["alone"]
        and params["measure-after-healing"]["late"]
    )
    moves = ("fence-centre", "take-lease", "promote-database", "move-service-address", "switch-pacs", "release-centre",
             "rejoin-database", "lift-fence")  # fmt: skip
    assert [c.step for c in plan.steps if c.step in moves] == [c.step for c in drill.steps if c.step in moves]


def test_in_earnest_only_a_centre_that_has_every_acknowledged_row_takes_over(xiamen: Site) -> None:
    with pytest.raises(MedcloudError, match="fuzhou has no synchronous copy of his-database"):
        planner.compute(xiamen, Wish(PRODUCTION, REMOTE, Mode.OUTAGE))


def test_losing_a_centre_that_serves_nothing_moves_nothing(xiamen: Site) -> None:
    plan = planner.standard(xiamen, "remote-loss")
    assert not {"promote-database", "take-lease-pacs", "fence-centre"} & set(names(plan))
    assert next(c.params["fenced"] for c in plan.steps if c.name == "heal-centre") is False
    assert {c.params["holder"] for c in plan.steps if c.step == "measure"} == {PRODUCTION}


def test_what_has_no_real_machine_here_is_not_watched(xiamen: Site) -> None:
    assert xiamen.lab is not None
    machines = {"his-database": xiamen.lab.machines["his-database"]}
    site = xiamen.model_copy(update={"lab": xiamen.lab.model_copy(update={"machines": machines})})
    assert planner.standard(site, "remote-loss").moved == ("his-database",)


def test_a_tabletop_walks_every_call_of_the_plan_it_is_of(xiamen: Site) -> None:
    walked = planner.standard(xiamen, "same-city-failover")
    plan = planner.standard(xiamen, "same-city-tabletop")
    assert names(plan)[3:-1] == [f"walk-{name}" for name in names(walked)[1:]]
    assert {c.step for c in plan.steps} == {"assess-start", "note-state", "predict-times", "walk-step", "compare-state"}
    assert plan.walks is Mode.UNPLANNED


def test_shedding_needs_a_name_and_is_part_of_the_plan(xiamen: Site) -> None:
    wish = planner.standard_wish(xiamen, "same-city-whole")
    with pytest.raises(
        MedcloudError, match="shed would be, in this order: development-test, remote-education"
    ) as caught:
        planner.compute(xiamen, wish)
    assert caught.value.code == "refused" and "--accept shedding=NAME" in caught.value.hint
    plan = planner.compute(xiamen, replace(wish, accepted=AGREED))
    assert plan.shed[0] == "development-test" and plan.accepted == AGREED


def test_with_hosts_lost_more_is_shed_and_what_is_shed_is_not_started(xiamen: Site) -> None:
    wish = replace(planner.standard_wish(xiamen, "same-city-whole"), accepted=AGREED)
    whole, less = planner.compute(xiamen, wish), planner.compute(xiamen, replace(wish, lost_hosts=1))
    assert set(whole.shed) < set(less.shed) and set(less.started) < set(whole.started)
    assert not set(less.shed) & {*less.started, *less.moved}
    assert {"his", "intensive-care"} <= set(less.started), "what care needs most is kept"


@pytest.mark.parametrize(
    ("wish", "words", "code"),
    [
        (Wish(PRODUCTION, "fuzhuo", Mode.PLANNED), "no centre `fuzhuo`", "input"),
        (Wish(PRODUCTION, PRODUCTION, Mode.PLANNED), "to itself", "input"),
        (Wish(PRODUCTION, SAME_CITY, Mode.PLANNED, ("hiss",)), "no system `hiss`", "input"),
        (Wish(PRODUCTION, REMOTE, Mode.PLANNED, ("pacs",)), "nothing can move", "refused"),
        (Wish(PRODUCTION, SAME_CITY, Mode.FAILBACK), "a failback goes home", "refused"),
        (Wish(PRODUCTION, SAME_CITY, Mode.UNPLANNED, ("pacs",)), "without a database", "refused"),
        (Wish(SAME_CITY, PRODUCTION, Mode.TEST), "at home", "refused"),
        (Wish(PRODUCTION, None, Mode.UNPLANNED), "serves everything", "refused"),
        (Wish(REMOTE, None, Mode.TEST), "needs a target", "input"),
        (Wish(PRODUCTION, SAME_CITY, Mode.PLANNED, returning=True), "in the middle", "input"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_one_reason(xiamen: Site, wish: Wish, words: str, code: str) -> None:
    with pytest.raises(MedcloudError, match=words) as caught:
        planner.compute(xiamen, wish)
    assert caught.value.code == code


def test_a_centre_that_is_only_declared_is_refused(xiamen: Site) -> None:
    assert xiamen.lab is not None
    small = xiamen.lab.model_copy(update={"centres": (PRODUCTION, SAME_CITY)})
    site = xiamen.model_copy(update={"lab": small})
    with pytest.raises(MedcloudError, match="declared but not deployed"):
        planner.compute(site, Wish(PRODUCTION, REMOTE, Mode.PLANNED))
    assert not any("remote" in plan.name for plan in planner.available(site))


def test_a_restore_stays_beside_production_and_leaves_a_person_what_he_asked_for(kept: Site) -> None:
    plan = planner.standard(kept, "restore-his-database")
    assert (plan.source, plan.target, plan.moved) == (PRODUCTION, REMOTE, ())
    assert names(plan)[2:] == ["restore-database", "stop-ledger", "remove-restored"]
    wish = Wish(REMOTE, None, Mode.RESTORE, ("his-database",), moment="2026-11-22T03:10:00+08:00")
    asked = planner.compute(kept, wish)
    assert "remove-restored" not in names(asked) and asked.name == "restore-his-database-to-a-moment"
    with pytest.raises(MedcloudError, match="no repository keeps backups of pacs"):
        planner.compute(kept, replace(wish, systems=("pacs",)))
    with pytest.raises(MedcloudError, match="a restore is of one database"):
        planner.compute(kept, replace(wish, systems=()))


def test_whoever_changes_the_leader_sees_every_copy_follow_before_it_ends(xiamen: Site) -> None:
    moving = {"promote-database", "switchover-database"}
    plans = [plan for plan in planner.available(xiamen) if moving & {call.step for call in plan.steps}]
    assert len(plans) > 4
    for plan in plans:
        copies = [call for call in plan.steps if call.step == "rejoin-copies"]
        assert copies and all("verify-transactions" in call.after for call in copies), plan.name
        assert {call.name for call in copies} <= set(after(plan, "stop-ledger"))
