from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dr.result import Verdict
from dr.steps import restore_database as step
from dr.world import Entries
from inventory.error import MedcloudError
from inventory.model import Site
from tests.dr.fakes import BACKUP, HIS, Scene, scene

PARAMS = step.Params(system=HIS)
ROWS = {number: {"register": 1} for number in range(5)}


@pytest.fixture
def play(kept: Site, tmp_path: Path) -> Callable[..., Scene]:
    """A scene of a site that has backup servers."""
    return lambda **state: scene(kept, tmp_path, **state)


def test_the_copy_of_the_moment_is_compared_and_proved(play: Callable[..., Scene]) -> None:
    made = play(rows=ROWS, unended=3, late_segments=2)
    step.check(made.context, PARAMS)
    found = step.run(made.context, PARAMS)
    assert (found["system"], found["point_in_time"], found["verdict"]) == (HIS, True, Verdict.MET)
    assert (found["rows"], found["rows_in_production"], found["rows_after_the_moment"]) == (20, 20, 0)
    assert (found["backup"], found["repository"]) == (BACKUP.label, "fuzhou-repository-1")
    assert found["compared_until"] < found["moment"], "what began before must have ended before"


def test_a_run_that_is_resumed_restores_to_the_moment_it_had_chosen(play: Callable[..., Scene]) -> None:
    made = play(rows=ROWS)
    first = step.run(made.context, PARAMS)
    made.world.clock.seconds += 500
    assert step.run(made.context, PARAMS)["moment"] == first["moment"]
    assert [effect for effect in made.world.effects if "restore to" in effect] == [f"restore to {first['moment']}"]
    step.undo(made.context, PARAMS)
    assert made.world.restored == {}


@pytest.mark.parametrize(
    "spoilt", [Entries(16, "other", 0), Entries(20, "other", 0), Entries(20, "same", 1), Entries(0, "same", 0)]
)
def test_a_record_that_is_missing_changed_or_too_young_is_no_proof(play: Callable[..., Scene], spoilt: Entries) -> None:
    assert step.run(play(rows=ROWS, spoilt=spoilt).context, PARAMS)["verdict"] is Verdict.MISSED


def test_what_production_lost_since_may_be_in_the_copy_of_a_given_moment(play: Callable[..., Scene]) -> None:
    given = step.Params(system=HIS, moment="2026-11-21T20:00:00+00:00")
    more = play(rows=ROWS, spoilt=Entries(40, "before the accident", 0))
    found = step.run(more.context, given)
    assert found["verdict"] is Verdict.MET and found["moment"] == "2026-11-21 20:00:00+00:00"
    fewer = play(rows=ROWS, spoilt=Entries(16, "older", 0))
    assert step.run(fewer.context, given)["verdict"] is Verdict.MISSED
    with pytest.raises(MedcloudError, match="names no time zone"):
        step.run(play(rows=ROWS).context, step.Params(system=HIS, moment="2026-11-21T20:00:00"))


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"backup": replace(BACKUP, age=None)}, "no backup of his-database yet"),
        ({"backup": replace(BACKUP, verified=False, said="2 damaged, the first is a.zst")}, "are damaged: 2 damaged"),
        ({"free_bytes": 1_400}, "takes 1,000 bytes, its repository has 1,400 free"),
    ],
)
def test_what_cannot_be_restored_is_refused_before_anything_is_written(
    play: Callable[..., Scene], state: dict[str, object], why: str
) -> None:
    with pytest.raises(MedcloudError, match=why):
        step.check(play(**state).context, PARAMS)


def test_a_log_that_does_not_arrive_is_told(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="segment 000000010000000000000007 to arrive: not seen within 180 s"):
        step.run(play(rows=ROWS, late_segments=10_000).context, PARAMS)
