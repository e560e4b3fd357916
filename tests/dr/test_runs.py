"""Runs on disk, among them damaged ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import simulation
from dr import journal, runs
from dr.runs import State
from inventory.error import MedcloudError
from inventory.model import Site


def make(drills: Path, run_id: str, site: Site, over: bool) -> Path:
    plan = simulation.random_plan(drills.parent, 1, 2, lambda name: 0.0)
    folder = runs.create(drills, run_id, site, plan)
    if over:
        journal.Journal(folder / "journal.jsonl").append("abandoned", "abandoned", reason="test")
    return folder


def test_damage_to_an_old_run_stops_no_new_drill(tmp_path: Path, xiamen: Site) -> None:
    drills = tmp_path / "drills"
    (make(drills, "other-version", xiamen, over=True) / "plan.json").write_text('{"shape": "unknown"}')
    changed = make(drills, "changed", xiamen, over=True) / "journal.jsonl"
    changed.write_text(changed.read_text().replace('"reason":"test"', '"reason":"best"'))
    make(drills, "sound", xiamen, over=True)
    assert runs.unfinished(drills) is None
    found, broken = runs.readable(drills)
    assert [run.run_id for run in found] == ["sound"]
    with pytest.raises(MedcloudError):
        runs.every(drills)
    assert "another version" in broken["other-version"] and "chain is broken" in broken["changed"]
    simulation.engine(drills).run(xiamen, simulation.random_plan(tmp_path, 1, 2, lambda name: 0.0))


def test_an_unfinished_run_that_cannot_be_read_stops_a_new_drill_and_says_what_to_do(
    tmp_path: Path, xiamen: Site
) -> None:
    drills = tmp_path / "drills"
    (make(drills, "at-work", xiamen, over=False) / "plan.json").write_text("{}")
    with pytest.raises(MedcloudError, match="cannot be read") as caught:
        simulation.engine(drills).run(xiamen, simulation.random_plan(tmp_path, 1, 2, lambda name: 0.0))
    assert "move" in caught.value.hint


def test_an_undo_that_was_cut_off_can_only_be_undone_further(tmp_path: Path, xiamen: Site) -> None:
    drills = tmp_path / "drills"
    folder = make(drills, "run-1", xiamen, over=False)
    book = journal.Journal(folder / "journal.jsonl")
    book.append("step/call-0/started/1", "step", step="call-0", state="started", attempt=1)
    book.append("undoing", "undoing", reason="enough")
    assert runs.load(drills, "run-1").state is State.UNDOING
    with pytest.raises(MedcloudError, match="is being undone") as caught:
        simulation.engine(drills).resume()
    assert caught.value.code == "refused" and "drill undo" in caught.value.hint
    simulation.engine(drills).abandon("run-1", "enough")
    assert runs.load(drills, "run-1").state is State.ABANDONED


def test_the_stop_switch_refuses_and_a_running_drill_holds(tmp_path: Path, xiamen: Site) -> None:
    from dr.engine import HeldRun
    from dr.store import FolderStore

    store = FolderStore(tmp_path / "drills")
    plan = simulation.random_plan(tmp_path, 4, 10, lambda name: 0.3)

    def stop_at_first_done(line: journal.Line) -> None:
        if line.get("state") == "done" and store.stop_reason() is None:
            store.stop("fire in the server room")

    with pytest.raises(HeldRun) as caught:
        simulation.engine(tmp_path / "drills", stop_at_first_done).run(xiamen, plan, "run-1")
    run = runs.load(tmp_path / "drills", "run-1")
    assert caught.value.by_person and run.state is State.HELD
    assert "fire in the server room" in run.progress.holds[0]["error"]
    assert 0 < len(run.progress.done) < 10 and not run.progress.open
    with pytest.raises(MedcloudError, match="drills of xiamen are stopped: fire") as refused:
        simulation.engine(tmp_path / "drills").resume()
    assert refused.value.code == "refused" and "drill allow" in refused.value.hint
    store.allow()
    assert len(simulation.engine(tmp_path / "drills").resume().steps) == 10
