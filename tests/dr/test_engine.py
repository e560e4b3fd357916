"""The engine with real processes and real kills; the steps are trivial."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from dr import journal, runs
from dr.engine import HeldRun
from dr.result import load_result
from dr.runs import State
from inventory.error import MedcloudError
from inventory.model import Site
from tests.dr import trivial_drill
from tests.dr.trivial_drill import NAMES

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.dr.trivial_drill"])  # so that a new orchestrator is there at once


def start(folder: Path, verb: str, site: Site, run_id: str = "run-1") -> Any:
    process = PROCESSES.Process(target=trivial_drill.orchestrate, args=(folder, verb, site, run_id))
    process.start()
    return process


def end_of(process: Any) -> int | None:
    process.join(30)
    return process.exitcode


def seen(folder: Path, step: str, state: str) -> bool:
    path = folder / "drills/run-1/journal.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return any(f'"step":"{step}"' in line and f'"state":"{state}"' in line for line in lines)


def kill_when(folder: Path, process: Any, step: str, state: str) -> None:
    end = time.monotonic() + 20
    while not seen(folder, step, state):
        assert process.is_alive(), f"it ended by itself with {process.exitcode}"
        assert time.monotonic() < end, f"{step} {state} was never seen"
        time.sleep(0.002)
    process.kill()
    process.join()


def test_killed_at_every_step_and_resumed_it_ends_as_if_nothing_had_happened(tmp_path: Path, xiamen: Site) -> None:
    verb = "run"
    for step in NAMES:
        for state in ("started", "done"):
            kill_when(tmp_path, start(tmp_path, verb, xiamen), step, state)
            verb = "resume"
    state = runs.load(tmp_path / "drills", "run-1").state  # the last kill may come when all is over already
    assert state in (State.INTERRUPTED, State.FINISHED)
    assert end_of(start(tmp_path, "resume", xiamen)) == 0

    effects = (tmp_path / "effects").read_text().split()
    assert list(dict.fromkeys(effects)) == list(NAMES), "the order of the steps has changed"
    result = load_result(tmp_path / "drills/run-1/result.json")
    assert [step.name for step in result.steps] == list(NAMES)
    assert result.interruptions == (4 if state is State.INTERRUPTED else 3)
    lines = journal.read(tmp_path / "drills/run-1/journal.jsonl")
    assert [line["step"] for line in lines if line.get("state") == "done"] == list(NAMES), "a step is done exactly once"


def test_a_finished_run_is_not_run_again(tmp_path: Path, xiamen: Site) -> None:
    assert end_of(start(tmp_path, "run", xiamen)) == 0
    before = (tmp_path / "effects").read_text()
    assert end_of(start(tmp_path, "resume", xiamen)) == 0
    assert (tmp_path / "effects").read_text() == before


def test_a_second_drill_is_refused_while_one_is_at_work_and_while_one_is_unfinished(
    tmp_path: Path, xiamen: Site
) -> None:
    first = start(tmp_path, "run", xiamen)
    while not seen(tmp_path, "one", "started"):
        time.sleep(0.002)
    os.kill(first.pid, signal.SIGSTOP)  # at work for as long as the second one needs to come
    assert end_of(start(tmp_path, "run", xiamen, "run-2")) == 3
    assert "a drill is running: run-1" in (tmp_path / "said").read_text()
    first.kill()
    first.join()
    assert end_of(start(tmp_path, "run", xiamen, "run-3")) == 3
    assert "run run-1 is interrupted" in (tmp_path / "said").read_text()


def test_a_failing_step_holds_with_evidence_and_goes_on_after_it_was_mended(tmp_path: Path, xiamen: Site) -> None:
    (tmp_path / "broken").write_text("two")
    engine = trivial_drill.engine(tmp_path)
    with pytest.raises(HeldRun, match="held at two: two is broken") as caught:
        engine.run(xiamen, trivial_drill.plan(tmp_path), "run-1")
    assert "medcloud drill resume xiamen run-1" in caught.value.hint and not caught.value.by_person
    run = runs.load(tmp_path / "drills", "run-1")
    assert run.state is State.HELD and run.lines[-1]["state_of_things"]["ledger_running"] is False

    (tmp_path / "broken").unlink()
    result = trivial_drill.engine(tmp_path).resume()
    assert (tmp_path / "effects").read_text().split() == list(NAMES)
    assert result.failures == 1 and result.steps[1].tries == 2


def test_a_drill_whose_first_step_may_not_run_is_refused_and_leaves_no_run(tmp_path: Path, xiamen: Site) -> None:
    (tmp_path / "broken").write_text("one")
    with pytest.raises(MedcloudError, match="one: one is broken") as caught:
        trivial_drill.engine(tmp_path).run(xiamen, trivial_drill.plan(tmp_path), "run-1")
    assert caught.value.code == "refused" and runs.every(tmp_path / "drills") == ()


def test_a_requested_hold_leaves_the_rest_undone(tmp_path: Path, xiamen: Site) -> None:
    engine = trivial_drill.engine(tmp_path)
    engine.request_hold()
    with pytest.raises(HeldRun) as caught:
        engine.run(xiamen, trivial_drill.plan(tmp_path), "run-1")
    assert caught.value.by_person and not (tmp_path / "effects").exists()


def test_an_abandoned_run_is_undone_where_the_plan_says_so_and_makes_room(tmp_path: Path, xiamen: Site) -> None:
    (tmp_path / "broken").write_text("two")
    with pytest.raises(HeldRun):
        trivial_drill.engine(tmp_path).run(xiamen, trivial_drill.plan(tmp_path), "run-1")
    trivial_drill.engine(tmp_path).abandon("run-1", "the drill is over")
    assert (tmp_path / "effects").read_text().splitlines() == ["one", "undo one"]
    with pytest.raises(MedcloudError, match="abandoned"):
        trivial_drill.engine(tmp_path).resume("run-1")
    (tmp_path / "broken").unlink()
    trivial_drill.engine(tmp_path).run(xiamen, trivial_drill.plan(tmp_path), "run-2")
    assert [run.state for run in runs.every(tmp_path / "drills")] == [State.ABANDONED, State.FINISHED]


def test_the_result_is_bound_into_the_journal(tmp_path: Path, xiamen: Site) -> None:
    trivial_drill.engine(tmp_path).run(xiamen, trivial_drill.plan(tmp_path), "run-1")
    folder = tmp_path / "drills/run-1"
    last = journal.read(folder / "journal.jsonl")[-1]
    assert last["files"]["result.json"] == hashlib.sha256((folder / "result.json").read_bytes()).hexdigest()
    assert json.loads((folder / "result.json").read_text())["plan_hash"] == trivial_drill.plan(tmp_path).hash


def test_resuming_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MedcloudError) as caught:
        trivial_drill.engine(tmp_path).resume()
    assert caught.value.code == "refused"
