"""Several workers on a real PostgreSQL server: whoever dies, the others see the drill through."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks import simulation
from benchmarks.simulation import SimulatedStep, marks_of, runs_of
from dr import journal, runs
from dr.engine import Engine, HeldRun
from dr.plan import Plan
from dr.progress import Progress
from dr.result import load_result
from dr.runs import State
from dr.shared import SharedStore
from inventory.error import MedcloudError
from inventory.model import Site
from tests import postgres

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.dr.test_workers"])
SILENCE = 3.0
pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> str:
    """A database of the test's own."""
    name = f"test_{abs(hash(request.node.name)) % 10**9}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return server.replace("/postgres?", f"/{name}?")


def engine(folder: Path, url: str, who: str) -> Engine:
    """Each worker has a folder of its own, as on a machine of its own; they share the world and the database."""
    store = SharedStore(folder / who, url, "xiamen", silence=SILENCE)
    return Engine(store, simulation.open_context, find_step=lambda name: SimulatedStep())


def serve(folder: Path, url: str, who: str) -> None:
    worker = engine(folder, url, who)
    signal.signal(signal.SIGTERM, lambda number, frame: worker.leave())
    worker.work()


def drill(folder: Path, url: str, who: str, site: Site, plan: Plan) -> None:
    try:
        engine(folder, url, who).run(site, plan, "run-1")
    except MedcloudError as error:
        (folder / "said").write_text(str(error))
        sys.exit(3 if error.code == "refused" else 1)


def start(work: Any, *arguments: Any) -> Any:
    process = PROCESSES.Process(target=work, args=arguments)
    process.start()
    return process


def until(what: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it was not seen in time"
        time.sleep(0.02)


def progress(url: str) -> Progress:
    """What the database's journal says."""
    with psycopg.connect(url) as connection:
        try:
            rows = connection.execute("select body::json from medcloud.line order by seq").fetchall()
        except psycopg.errors.UndefinedTable:
            return Progress()
    return Progress(row[0] for row in rows)


def test_one_worker_is_killed_in_mid_drill_and_the_other_finishes_it(tmp_path: Path, xiamen: Site, url: str) -> None:
    plan = simulation.random_plan(tmp_path, 3, 20, lambda name: 0.4)
    both = (start(serve, tmp_path, url, "b"), start(drill, tmp_path, url, "a", xiamen, plan))
    until(lambda: len(progress(url).done) >= 6 and progress(url).open)
    at_work = set(progress(url).open.values()).pop()
    victim, survivor = sorted(both, key=lambda process: f"-{process.pid}-" not in at_work)
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()
    cut_off = set(progress(url).open)
    until(lambda: progress(url).ended)
    survivor.terminate() if survivor is both[0] else None
    survivor.join(30)
    assert survivor.exitcode == 0

    folder = tmp_path / ("b" if survivor is both[0] else "a") / "run-1"
    lines = journal.read(folder / "journal.jsonl")
    done = [line["step"] for line in lines if line.get("state") == "done"]
    assert sorted(done) == sorted(call.name for call in plan.steps), "a step was lost or done twice"
    assert marks_of(tmp_path) == set(done)
    twice = {name for name, number in runs_of(tmp_path).items() if number > 1}
    assert twice <= cut_off, "a step ran again that was not cut off"
    assert len({line["worker"] for line in lines if line.get("state") == "started"}) == 2, "nobody took over"
    assert load_result(folder / "result.json").interruptions == 1


def test_two_workers_share_the_work_and_do_nothing_twice(tmp_path: Path, xiamen: Site, url: str) -> None:
    plan = simulation.random_plan(tmp_path, 5, 40, lambda name: 0.02)
    others = [start(serve, tmp_path, url, who) for who in ("b", "c")]
    first = start(drill, tmp_path, url, "a", xiamen, plan)
    first.join(60)
    assert first.exitcode == 0
    for other in others:
        other.terminate()
        other.join(30)
    assert set(runs_of(tmp_path).values()) == {1} and len(marks_of(tmp_path)) == 40


def test_a_second_drill_is_refused_by_the_database(tmp_path: Path, xiamen: Site, url: str) -> None:
    plan = simulation.random_plan(tmp_path, 1, 3, lambda name: 0.01)
    (tmp_path / "broken" / "call-1").touch()
    with pytest.raises(HeldRun):
        engine(tmp_path, url, "a").run(xiamen, plan, "run-1")
    with pytest.raises(MedcloudError, match="run run-1 is held") as caught:
        engine(tmp_path, url, "elsewhere").run(xiamen, plan, "run-2")
    assert caught.value.code == "refused"


def test_a_held_run_is_resumed_on_another_machine(tmp_path: Path, xiamen: Site, url: str) -> None:
    plan = simulation.random_plan(tmp_path, 1, 6, lambda name: 0.01)
    (tmp_path / "broken" / "call-3").touch()
    with pytest.raises(HeldRun, match="call-3 is broken"):
        engine(tmp_path, url, "a").run(xiamen, plan, "run-1")
    (tmp_path / "broken" / "call-3").unlink()
    result = engine(tmp_path, url, "elsewhere").resume()
    assert result.failures == 1 and len(result.steps) == 6
    assert runs.load(tmp_path / "elsewhere", "run-1").state is State.FINISHED
    assert {name for name, number in runs_of(tmp_path).items() if number > 1} == {"call-3"}


def test_a_worker_that_was_taken_for_dead_can_write_nothing(tmp_path: Path, xiamen: Site, url: str) -> None:
    plan = simulation.random_plan(tmp_path, 2, 4, lambda name: 6.0)
    first = start(drill, tmp_path, url, "a", xiamen, plan)
    until(lambda: progress(url).open)
    os.kill(first.pid, signal.SIGSTOP)  # as a machine that froze: its connections stay open
    other = start(serve, tmp_path, url, "b")
    until(lambda: took_over(url))
    os.kill(first.pid, signal.SIGCONT)
    first.join(60)
    assert first.exitcode == 1 and "took this one for dead" in (tmp_path / "said").read_text()
    until(lambda: progress(url).ended)
    other.terminate()
    other.join(30)
    lines = journal.read(tmp_path / "b" / "run-1" / "journal.jsonl")
    assert len([line for line in lines if line.get("state") == "done"]) == 4


def took_over(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return bool(connection.execute("select 1 from medcloud.line where key like 'took-over/%'").fetchall())


def test_a_password_in_the_url_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MedcloudError, match="carries a password") as caught:
        SharedStore(tmp_path, "postgresql://me:secret@nowhere/db", "xiamen")
    assert "secret" not in str(caught.value)


def test_the_stop_switch_is_shared(tmp_path: Path, xiamen: Site, url: str) -> None:
    SharedStore(tmp_path / "x", url, "xiamen").stop("month-end billing")
    plan = simulation.random_plan(tmp_path, 1, 3, lambda name: 0.01)
    with pytest.raises(MedcloudError, match="month-end billing") as caught:
        engine(tmp_path, url, "a").run(xiamen, plan, "run-1")
    assert caught.value.code == "refused"
    SharedStore(tmp_path / "x", url, "xiamen").allow()
    engine(tmp_path, url, "a").run(xiamen, plan, "run-1")


def test_a_request_and_its_signatures_travel_between_machines(tmp_path: Path, url: str, xiamen: Site) -> None:
    asking, signing = (SharedStore(tmp_path / who, url, "xiamen", silence=SILENCE) for who in ("asks", "signs"))
    asking.create("run-1", xiamen, simulation.random_plan(tmp_path, 1, 3, lambda name: 0.01), {})
    here = tmp_path / "asks" / "run-1" / "approvals" / "ask"
    here.mkdir(parents=True)
    (here / "request.json").write_text("please")
    asking.keep_files(runs.load(asking.drills, "run-1"))
    signing.refresh()
    there = tmp_path / "signs" / "run-1" / "approvals" / "ask"
    assert (there / "request.json").read_text() == "please"
    (there / "ann.sig").write_text("signed")
    signing.keep_files(runs.load(signing.drills, "run-1"))
    asking.fetch_files(runs.load(asking.drills, "run-1"))
    assert (here / "ann.sig").read_text() == "signed"


def test_a_request_and_its_approval_travel_between_machines(tmp_path: Path, xiamen: Site, url: str) -> None:
    plan = simulation.random_plan(tmp_path, 1, 3, lambda name: 0.01)
    (tmp_path / "broken" / "call-1").touch()
    with pytest.raises(HeldRun):
        engine(tmp_path, url, "a").run(xiamen, plan, "run-1")
    here, there = SharedStore(tmp_path / "a", url, "xiamen"), SharedStore(tmp_path / "b", url, "xiamen")
    asked = tmp_path / "a" / "run-1" / "approvals" / "ask" / "request.json"
    asked.parent.mkdir(parents=True)
    asked.write_text("may we?")
    here.keep_files(runs.load(tmp_path / "a", "run-1"))
    there.refresh()
    given = tmp_path / "b" / "run-1" / "approvals" / "ask" / "wang.sig"
    assert given.with_name("request.json").read_text() == "may we?"
    given.write_text("yes")
    there.keep_files(runs.load(tmp_path / "b", "run-1"))
    here.fetch_files(runs.load(tmp_path / "a", "run-1"))
    assert asked.with_name("wang.sig").read_text() == "yes"


def test_a_file_that_a_step_is_changing_is_not_overwritten(tmp_path: Path, xiamen: Site, url: str) -> None:
    plan = simulation.random_plan(tmp_path, 1, 3, lambda name: 0.01)
    store = SharedStore(tmp_path / "a", url, "xiamen")
    Engine(store, simulation.open_context, find_step=lambda name: SimulatedStep()).run(xiamen, plan, "run-1")
    run = runs.load(tmp_path / "a", "run-1")
    ledger = run.folder / "ledger.jsonl"
    ledger.write_text("first")
    store.keep_files(run)
    ledger.write_text("second, not kept yet")
    store.fetch_files(run)
    assert ledger.read_text() == "second, not kept yet"
