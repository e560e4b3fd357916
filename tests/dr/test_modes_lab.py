"""Every mode and direction on the Xiamen lab, each drill measured; each test ends where it began."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dr import runs
from dr.result import load_result
from tests import postgres
from tests.conftest import ProvisionedLab

pytestmark = pytest.mark.lab
HOME = "his-database-software-park-2-1"


def drilled(lab: ProvisionedLab, *words: str) -> Any:
    """The result of a drill that met everything."""
    result = lab.json("drill", "run", "xiamen", *words)
    assert result["verdict"] == "met", result
    return result


def evidence(result: Any, name: str) -> Any:
    return next(step["evidence"] for step in result["steps"] if step["name"] == name)


def system(result: Any, name: str = "his-database") -> Any:
    return next(found for found in result["systems"] if found["system"] == name)


def nothing_lost(result: Any) -> bool:
    return all((s["missing_after_healing"], s["doubled"] or 0) == (0, 0) for s in result["systems"])


@pytest.fixture(scope="module", autouse=True)
def at_home(xiamen_lab: ProvisionedLab) -> Iterator[None]:
    """After all of it: services and databases at production, everything streaming, nobody's choice left behind."""
    yield
    state = evidence(drilled(xiamen_lab, "same-city-tabletop"), "note-state")
    assert state["his-database"]["leader"] == HOME and state["his-database"]["held_by"] == ["software-park-2"]
    assert state["his-database"]["synchronous"] == ["his-database-gaodian-1"] and not state["fences"]
    assert state["pacs"]["held_by"] == ["software-park-2"]
    assert len(set(state["his-database"]["timelines"].values())) == 1


def test_at_the_table_nothing_is_touched_and_times_come_from_earlier_runs(xiamen_lab: ProvisionedLab) -> None:
    result = drilled(xiamen_lab, "same-city-switchover", "--mode", "tabletop")
    assert evidence(result, "compare-state")["changed"] == []
    assert evidence(result, "walk-take-lease-his-database")["verdict"] == "met"
    predicted = evidence(result, "predict-times")
    assert set(predicted["predicted_rto_seconds"]) == {"his-database", "pacs"}


def test_copies_in_a_bubble_work_while_production_stays_protected(xiamen_lab: ProvisionedLab) -> None:
    result = drilled(xiamen_lab, "same-city-test")
    for name in ("his-database", "pacs"):
        seen = evidence(result, f"verify-bubble-{name}")
        assert seen["interfaces"] == ["lo"] and seen["routes"] == 0 and seen["reached"] == []
        assert seen["of_which_older_than_the_declared_rpo"] == seen["leaked_to_production"] == 0
        assert seen["written_and_read_back"] > 0
        # the archive's copy follows image by image: of one every two seconds the last may be on its way
        assert seen["missing_in_the_copy"] <= (name == "pacs")
    watched = evidence(result, "verify-protection")
    assert watched["violations"] == [] and watched["samples"] >= 10
    assert evidence(result, "compare-state")["changed"] == [] and nothing_lost(result)
    assert system(result)["rto_seconds"] < 5, "the ward noticed the test"


def test_a_database_and_a_cold_system_go_to_the_same_city_and_home_again(xiamen_lab: ProvisionedLab) -> None:
    systems = ("--system", "his-database", "--system", "single-sign-on")
    there = drilled(xiamen_lab, "--from", "software-park-2", "--to", "gaodian", "--mode", "planned", *systems)
    assert evidence(there, "ship-last-byte")["bytes_behind"] == 0 and nothing_lost(there)
    assert len(evidence(there, "start-single-sign-on")["running"]) > 0
    refused = xiamen_lab.run("drill", "run", "xiamen", "same-city-switchover", exit_code=3)
    assert "does not lead" in refused.stderr, "the guard sees that the services are elsewhere"
    back = drilled(xiamen_lab, "--from", "gaodian", "--to", "software-park-2", "--mode", "failback", *systems)
    assert nothing_lost(back) and len(evidence(back, "stop-single-sign-on")["stopped"]) > 0


def test_one_archive_alone_there_and_back(xiamen_lab: ProvisionedLab) -> None:
    for name in ("pacs-switchover", "pacs-failback"):
        result = drilled(xiamen_lab, name)
        assert [s["system"] for s in result["systems"]] == ["pacs"] and nothing_lost(result)


def test_production_is_lost_while_the_remote_copy_is_the_protected_one(xiamen_lab: ProvisionedLab) -> None:
    there = drilled(xiamen_lab, "remote-failover")
    assert nothing_lost(there) and system(there)["missing_before_healing"] == 0
    assert evidence(there, "verify-transactions")["server"].startswith("10.23.")
    assert evidence(there, "protect-again")["synchronous"] == HOME, "away from home it is protected too"
    back = drilled(xiamen_lab, "remote-failback")
    assert nothing_lost(back) and evidence(back, "protect-again")["synchronous"] == "his-database-gaodian-1"


def test_a_centre_that_comes_back_in_the_middle_splits_nothing(xiamen_lab: ProvisionedLab) -> None:
    result = drilled(xiamen_lab, "same-city-returning")
    assert nothing_lost(result) and evidence(result, "rejoin-database")["state"] == "streaming"
    assert nothing_lost(drilled(xiamen_lab, "production-failback"))


def test_in_earnest_a_centre_that_is_gone_already_is_left_and_comes_home_when_it_is_repaired(
    xiamen_lab: ProvisionedLab,
) -> None:
    refused = xiamen_lab.run("drill", "run", "xiamen", "same-city-outage", exit_code=3)
    assert "software-park-2 is not lost" in refused.stderr
    before = set((xiamen_lab.state / "drills").glob("[!.]*/"))
    xiamen_lab.run("lab", "isolate", "xiamen", "software-park-2")
    try:
        with subprocess.Popen(xiamen_lab.command("drill", "run", "xiamen", "same-city-outage", "--json")) as drill:
            folder = wait_for(xiamen_lab, before, "stop-ledger", "done")
            wait_for(xiamen_lab, before, "heal-centre", "started")
            xiamen_lab.run("lab", "heal", "xiamen", "software-park-2")
            assert drill.wait(300) == 0
    finally:
        xiamen_lab.run("lab", "heal", "xiamen", "software-park-2", exit_code=None)
    result = load_result(folder / "result.json")
    assert result.verdict == "not-measured" and {s.rto_seconds for s in result.systems} == {None}
    assert all(s.missing_after_healing == 0 and not s.doubled for s in result.systems)
    steps = {step.name: step.evidence for step in result.steps}
    assert steps["verify-transactions"]["server"].startswith("10.22.") and not any(
        steps["assess-outage"]["lines_up"].values()
    )
    assert steps["rejoin-database"]["state"] == "streaming"
    assert nothing_lost(drilled(xiamen_lab, "production-failback"))


@pytest.mark.parametrize("name", ["remote-loss", "same-city-loss", "analytics-loss"])
def test_losing_a_centre_that_serves_nothing_stops_no_ward(xiamen_lab: ProvisionedLab, name: str) -> None:
    result = drilled(xiamen_lab, name)
    assert nothing_lost(result)
    if name != "analytics-loss":  # no copy of a database is there
        assert evidence(result, "rejoin-database")["state"] == "streaming"
    assert system(result)["verdict"] == "met"


def test_an_edge_and_the_centre_die_together(xiamen_lab: ProvisionedLab) -> None:
    """The other edge proves that the dead one routes nothing; it comes back fenced before the centre does."""
    edge = "main-hospital-edge-1"
    before = set((xiamen_lab.state / "drills").glob("[!.]*/"))
    command = xiamen_lab.command("drill", "run", "xiamen", "same-city-failover", "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as drill:
        try:
            wait_for(xiamen_lab, before, "strike-centre", "done")
            xiamen_lab.run("lab", "kill", "xiamen", edge)
            wait_for(xiamen_lab, before, "measure-before-healing", "started")
        finally:
            xiamen_lab.run("lab", "heal", "xiamen", edge, exit_code=None)
        told, said = drill.communicate(timeout=600)
    held = drill.returncode == 1 and "is held" in said  # the edge was not up again when it was asked
    result = xiamen_lab.json("drill", "resume", "xiamen") if held else json.loads(told)
    assert nothing_lost(result), said
    dead = evidence(result, "fence-centre")["proved_dead"]
    assert list(dead) == ["main-hospital"] and len(dead["main-hospital"]) == 1
    assert "the old gate ran out" in evidence(result, "take-lease-his-database")["proof"]
    assert nothing_lost(drilled(xiamen_lab, "production-failback"))


def test_one_of_two_workers_is_killed_in_mid_drill_and_the_other_finishes_it(xiamen_lab: ProvisionedLab) -> None:
    """On PostgreSQL; the worker that nobody asked for anything sees the drill through."""
    before = set((xiamen_lab.state / "drills").glob("[!.]*/"))
    with postgres.server() as url:
        worker = subprocess.Popen(xiamen_lab.command("--engine-url", url, "drill", "worker", "xiamen"))
        first = subprocess.Popen(xiamen_lab.command("--engine-url", url, "drill", "run", "xiamen", "pacs-switchover"))
        try:
            wait_for(xiamen_lab, before, "start-ledger", "done")
            first.kill()
            first.wait()
            folder = wait_for(xiamen_lab, before, "stop-ledger", "done")
            eventually(lambda: runs.load(folder.parent, folder.name).state is runs.State.FINISHED)
        finally:
            first.kill()
            worker.send_signal(signal.SIGINT)
            assert worker.wait(60) == 0
    lines = runs.load(folder.parent, folder.name).lines
    done = [line["step"] for line in lines if line.get("state") == "done"]
    plan = xiamen_lab.json("drill", "plan", "xiamen", "pacs-switchover")
    assert sorted(done) == sorted(step["name"] for step in plan["steps"])
    assert any(f"-{worker.pid}-" in line["worker"] for line in lines if line.get("state") == "started")
    result = load_result(folder / "result.json")
    assert result.verdict == "met" and all(s.missing_after_healing == 0 and not s.doubled for s in result.systems)
    assert nothing_lost(drilled(xiamen_lab, "pacs-failback"))


def eventually(true: Callable[[], bool], patience: float = 60.0) -> None:
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it was not seen in time"
        time.sleep(0.05)


def wait_for(lab: ProvisionedLab, before: set[Path], step: str, state: str, patience: float = 180.0) -> Path:
    """The new run's folder, once its journal has that line."""
    end, wanted = time.monotonic() + patience, (f'"step":"{step}"', f'"state":"{state}"')
    while time.monotonic() < end:
        for folder in set((lab.state / "drills").glob("[!.]*/")) - before:
            lines = (folder / "journal.jsonl").read_text().splitlines()
            if any(all(word in line for word in wanted) for line in lines):
                return folder
        time.sleep(0.02)
    raise AssertionError(f"{step} was not {state} within {patience:g} s")
