from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import assess_start as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PACS, PRODUCTION, REMOTE, SAME_CITY, Scene

PARAMS = step.Params(serving=PRODUCTION, target=SAME_CITY, systems=(HIS, PACS), following=True)


def test_all_well_nothing_is_touched_and_the_lag_is_on_record(play: Callable[..., Scene]) -> None:
    scene = play(lag_seconds=1.5)
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert evidence[HIS]["lag_seconds"] == 1.5 and scene.world.effects == []
    assert step.undo(scene.context, PARAMS) == {}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"lease": SAME_CITY}, "does not lead"),
        ({"held": set()}, "does not hold"),
        ({"states": {SAME_CITY: "stopped"}}, "does not replicate"),
        ({"unread": {SAME_CITY}}, "cannot be read: no route to host"),
        ({"lag_seconds": 10.5}, "behind by 10.5 s, allowed are 10 s"),
        ({"lag_seconds": None}, "behind by unknown"),
        ({"powers": {"pacs-gaodian-1": "SHUTOFF"}}, "no capacity.*pacs-gaodian-1 is SHUTOFF"),
        ({"powers": {"his-database-gaodian-1": "GONE"}}, "his-database-gaodian-1 is not there"),
        ({"hosts_down": {"pacs-gaodian-1"}}, "pacs-gaodian-1 lies on a host that is down"),
        ({"faults": ("mh-gd-telecom",)}, "faults stand.*mh-gd-telecom"),
        ({"faults": ("software-park-2/gaodian",)}, "faults stand"),
        ({"faults": ("gaodian-node-1",)}, "faults stand"),
        ({"gone": {SAME_CITY}}, "unreachable"),
    ],
)  # fmt: skip
def test_each_guard_says_no(play: Callable[..., Scene], state: dict[str, object], words: str) -> None:
    scene = play(**state)
    with pytest.raises(MedcloudError, match=words):
        step.check(scene.context, PARAMS)
    assert scene.world.effects == []


def test_a_fault_elsewhere_does_not_matter(play: Callable[..., Scene]) -> None:
    step.check(play(faults=("fuzhou-node-1", "sp2-fz-telecom")).context, PARAMS)


def test_a_cold_system_needs_its_place_but_need_not_run(play: Callable[..., Scene]) -> None:
    params = PARAMS.model_copy(update={"started": ("lis",)})
    step.check(play(powers={"lis-gaodian-1": "SHUTOFF"}).context, params)
    for status in ("ERROR", "GONE"):
        with pytest.raises(MedcloudError, match="lis-gaodian-1 is"):
            step.check(play(powers={"lis-gaodian-1": status}).context, params)


def test_going_home_asks_no_copy_to_follow_yet(play: Callable[..., Scene]) -> None:
    scene = play(states={SAME_CITY: "stopped"})
    step.check(scene.context, PARAMS.model_copy(update={"following": False}))


def test_the_allowed_lag_is_the_declared_rpo_or_what_the_plan_says(play: Callable[..., Scene]) -> None:
    strict = PARAMS.model_copy(update={"lag": 0.5, "target": REMOTE, "systems": (HIS,)})
    with pytest.raises(MedcloudError, match=r"allowed are 0\.5 s"):
        step.check(play(lag_seconds=0.6).context, strict)
