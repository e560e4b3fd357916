"""The generated kill matrix: one small plan with branches here, all plans by `make kill-matrix`."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

from benchmarks import kill_matrix, simulation
from benchmarks.kill_matrix import MOMENTS, Row
from inventory.model import Site


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
