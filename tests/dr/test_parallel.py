"""Plans with branches: what may run side by side does, what waits waits, and a hold leaves nothing half done."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks import simulation
from benchmarks.simulation import SimulatedStep, marks_of, runs_of
from dr import journal, runs
from dr.engine import Engine, HeldRun
from dr.plan import Mode, Plan, StepCall
from dr.result import DrillResult
from dr.runs import State
from dr.store import FolderStore
from inventory.error import MedcloudError
from inventory.model import Site


def plan_of(world: Path, seconds: float = 0.1, **after: str) -> Plan:
    """`plan_of(world, a="", b="a", c="a b")`: c waits for a and b."""
    calls = tuple(StepCall(name=n, step="any", params={}, after=tuple(w.split()), undo=True) for n, w in after.items())
    plan = Plan(name="p", mode=Mode.UNPLANNED, source="x", target="y", moved=(), left_out=(), steps=calls)
    return simulation.simulated(plan, world, lambda name: seconds)


def spans(result: DrillResult) -> dict[str, tuple[datetime, datetime]]:
    return {s.name: (datetime.fromisoformat(s.started), datetime.fromisoformat(s.ended)) for s in result.steps}


def test_branches_run_side_by_side_and_a_join_waits_for_all(tmp_path: Path, xiamen: Site) -> None:
    plan = plan_of(tmp_path, 0.4, first="", left="first", right="first", last="left right")
    span = spans(simulation.engine(tmp_path / "drills").run(xiamen, plan))
    assert max(span["left"][0], span["right"][0]) < min(span["left"][1], span["right"][1]), "they did not overlap"
    assert span["last"][0] >= max(span["left"][1], span["right"][1])
    assert min(span["left"][0], span["right"][0]) >= span["first"][1]


@pytest.mark.parametrize("seed", range(6))
def test_a_random_plan_runs_each_call_once_and_never_before_what_it_waits_for(
    tmp_path: Path, xiamen: Site, seed: int
) -> None:
    plan = simulation.random_plan(tmp_path, seed, 25, lambda name: 0.005)
    result = simulation.engine(tmp_path / "drills").run(xiamen, plan)
    assert set(runs_of(tmp_path).values()) == {1} and len(marks_of(tmp_path)) == 25
    span = spans(result)
    assert all(span[call.name][0] >= span[before][1] for call in plan.steps for before in call.after)


def test_a_failure_lets_its_siblings_finish_and_starts_nothing_new(tmp_path: Path, xiamen: Site) -> None:
    plan = plan_of(tmp_path, 0.3, first="", bad="first", slow="first", after_slow="slow", last="bad after_slow")
    (tmp_path / "broken" / "bad").touch()
    with pytest.raises(HeldRun, match="held at bad: bad is broken") as caught:
        simulation.engine(tmp_path / "drills").run(xiamen, plan, "r")
    assert not caught.value.by_person
    assert marks_of(tmp_path) == {"first", "slow"}, "the sibling was cut off, or something new was begun"
    assert runs.load(tmp_path / "drills", "r").state is State.HELD
    (tmp_path / "broken" / "bad").unlink()
    simulation.engine(tmp_path / "drills").resume()
    assert runs_of(tmp_path) == {"first": 1, "bad": 2, "slow": 1, "after_slow": 1, "last": 1}


def test_two_failures_at_once_are_both_told(tmp_path: Path, xiamen: Site) -> None:
    plan = plan_of(tmp_path, 0.2, left="", right="", two_left="left", two_right="right")
    for name in ("two_left", "two_right"):
        (tmp_path / "broken" / name).touch()
    with pytest.raises(HeldRun) as caught:
        simulation.engine(tmp_path / "drills").run(xiamen, plan, "r")
    held = [line["step"] for line in runs.load(tmp_path / "drills", "r").progress.holds]
    assert held and all(f"{step} is broken" in caught.value.message for step in held)


def test_a_hold_by_a_person_reaches_every_branch_that_waits(tmp_path: Path, xiamen: Site) -> None:
    plan = plan_of(tmp_path, 0.01, left="", right="", last="left right")
    begun: list[str] = []

    def hold_when_both_wait(line: journal.Line) -> None:
        begun.extend([line["step"]] if line.get("state") == "started" else [])
        if len(begun) == 2:
            engine.request_hold()

    store = FolderStore(tmp_path / "drills")
    engine = Engine(store, simulation.open_context, hold_when_both_wait, find_step=lambda name: Patient())
    with pytest.raises(HeldRun) as caught:
        engine.run(xiamen, plan, "r")
    run = runs.load(tmp_path / "drills", "r")
    assert caught.value.by_person and run.state is State.HELD and run.progress.holds[0]["by"] == "person"
    stopped = {line["step"] for line in run.lines if line.get("state") == "stopped"}
    assert stopped == {"left", "right"} and not run.progress.done
    simulation.engine(tmp_path / "drills").resume()
    assert runs.load(tmp_path / "drills", "r").state is State.FINISHED


class Patient(SimulatedStep):
    """Waits for something that never comes."""

    def run(self, context: Any, params: Any) -> dict[str, Any]:
        while True:
            context.clock.sleep(0.05)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ({"a": "b", "b": "a"}, "wait for each other: a → b → a|wait for each other: b → a → b"),
        ({"a": "", "b": "ghost"}, "b waits for ghost, which is no step"),
        ({"a": "", "conclude": "a"}, "the name conclude is taken"),
        ({}, "has no steps"),
    ],
)
def test_a_disordered_plan_is_refused_before_anything_moves(
    tmp_path: Path, xiamen: Site, after: dict[str, str], words: str
) -> None:
    with pytest.raises(MedcloudError, match=words) as caught:
        simulation.engine(tmp_path / "drills").run(xiamen, plan_of(tmp_path, **after))
    assert caught.value.code == "refused" and runs.every(tmp_path / "drills") == () and not runs_of(tmp_path)


def test_an_unknown_step_and_unfit_parameters_are_refused_before_anything_moves(tmp_path: Path, xiamen: Site) -> None:
    calls = (
        StepCall(name="a", step="strike-centre", params={"centre": "gaodian"}),
        StepCall(name="b", step="fly", params={}, after=("a",)),
    )
    plan = plan_of(tmp_path, a="").model_copy(update={"steps": calls})
    with pytest.raises(MedcloudError, match="b: no drill step `fly`") as caught:
        Engine(FolderStore(tmp_path / "drills"), simulation.open_context).run(xiamen, plan)
    assert caught.value.code == "refused"
    unfit = plan.model_copy(update={"steps": (calls[0].model_copy(update={"params": {"centres": 1}}),)})
    with pytest.raises(MedcloudError, match="a: parameters do not fit"):
        Engine(FolderStore(tmp_path / "drills"), simulation.open_context).run(xiamen, unfit)
    assert runs.every(tmp_path / "drills") == ()


def test_many_threads_append_one_unbroken_chain(tmp_path: Path) -> None:
    told: list[int] = []
    book = journal.Journal(tmp_path / "j", lambda line: told.append(line["seq"]))

    def write(thread: int) -> None:
        for number in range(50):
            book.append(f"{thread}/{number}", "note")
            book.append(f"shared/{number}", "note")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = journal.read(tmp_path / "j")
    assert len(lines) == 8 * 50 + 50 and told == list(range(len(lines)))


def test_calls_beyond_the_lanes_wait_their_turn(tmp_path: Path, xiamen: Site) -> None:
    world, most, now = tmp_path, [0], [0]
    guard = threading.Lock()

    class Counting(SimulatedStep):
        def run(self, context: Any, params: Any) -> dict[str, Any]:
            with guard:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.05)
            with guard:
                now[0] -= 1
            return {}

    plan = plan_of(world, **dict.fromkeys((f"c{n}" for n in range(12)), ""))
    Engine(FolderStore(tmp_path / "drills"), simulation.open_context, find_step=lambda name: Counting(), lanes=3).run(
        xiamen, plan
    )
    assert most[0] == 3
