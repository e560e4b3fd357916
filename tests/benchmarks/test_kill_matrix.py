"""The generated kill matrix: one small plan with branches here, all plans by `make kill-matrix`."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import kill_matrix, simulation
from benchmarks.kill_matrix import MOMENTS, Row
from dr.engine import HeldRun
from dr.journal import Journal
from inventory.model import Site


@pytest.mark.engine
def test_killed_at_every_generated_point_nothing_is_lost_or_doubled(tmp_path: Path, xiamen: Site) -> None:
    plan = simulation.random_plan(tmp_path, 7, 5, lambda name: 0.0)
    row = kill_matrix.run_through(plan, xiamen, tmp_path)
    assert row.good and row.kills.total() >= 3 * 5 + 2
    assert all(row.kills[moment] >= 5 for moment in MOMENTS[:3])


def test_the_points_come_from_the_plan(tmp_path: Path) -> None:
    plan = simulation.random_plan(tmp_path, 7, 6, lambda name: 0.0)
    assert len(kill_matrix.points(plan)) == 6 * len(MOMENTS) + 2


def test_a_loss_a_double_and_a_point_left_out_are_bad_and_counted() -> None:
    good = Row("p", "planned", 3, Counter(dict.fromkeys(MOMENTS, 3)), (), (), (), 1.0)
    bad = dataclasses.replace(good, lost=("a",), doubled=("b",), missed=(("c", "after"),))
    assert good.good and not bad.good
    assert kill_matrix.table([good, bad]).splitlines()[-1].split()[-5:] == ["24", "1", "1", "1", "2"]


@pytest.mark.engine
def test_an_undo_killed_at_every_generated_point_is_seen_through(tmp_path: Path, xiamen: Site) -> None:
    plan = simulation.random_plan(tmp_path, 7, 4, lambda name: 0.0)
    kept, *others = plan.steps
    plan = plan.model_copy(update={"steps": (kept.model_copy(update={"undo": False}), *others)})
    row = kill_matrix.undo_through(plan, xiamen, tmp_path)
    assert (
        row.good
        and row.steps == 3
        and row.kills == {**dict.fromkeys(MOMENTS, 4), "inside": 3, "effect made": 3, "begun": 1}
    )
    assert simulation.marks_of(tmp_path) == {kept.name}


def test_an_undo_out_of_order_or_done_again_is_seen(tmp_path: Path, xiamen: Site) -> None:
    plan = simulation.random_plan(tmp_path, 7, 3, lambda name: 0.0)
    (tmp_path / "broken" / plan.steps[-1].name).touch()
    with pytest.raises(HeldRun):
        simulation.engine(tmp_path / "drills").run(xiamen, plan, "run")
    book = Journal(tmp_path / "drills/run/journal.jsonl")
    for call in plan.steps:
        book.append(f"undone/{call.name}", "undone", step=call.name, evidence={"mark": "taken"})
    (tmp_path / "again").write_text(plan.steps[0].name)
    row = kill_matrix._judge_undo(plan, tmp_path, (), simulation.marks_of(tmp_path), 1.0)
    assert row.lost[0] == "order of undo" and set(row.lost[1:]) == simulation.marks_of(tmp_path)
    assert row.doubled == (plan.steps[0].name,)
