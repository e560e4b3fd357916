"""The whole failover in the lab, with the orchestrator killed before and after every step."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from dr import journal
from tests.conftest import ProvisionedLab

PATIENCE = 180.0


def killed_everywhere(command: list[str], resume: list[str], drills: Path, steps: list[str]) -> int:
    """Run the drill, SIGKILL its process as soon as a step has started and again as soon as it is done, for every step;
    resume each time. Returns how often it was killed; the last process ends by itself with exit code 0."""
    kills, before = 0, set(drills.glob("[!.]*/"))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for step in steps:
        for state in ("started", "done"):
            if not _seen(process, drills, before, step, state):
                continue
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
            # By its name: the kill may come after the run's very last line, and then no run waits to be resumed.
            run = next(folder.name for folder in set(drills.glob("[!.]*/")) - before)
            process = subprocess.Popen([*resume, run], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            _at_work(process, drills, before, kills)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said[-3000:]
    return kills


def _at_work(process: subprocess.Popen[str], drills: Path, before: set[Path], kills: int) -> None:
    """Wait until the resumed process has said so in the journal: a kill before that would meet one that did nothing."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and _count(drills, before, '"event":"resumed"') < kills:
        assert time.monotonic() < end, f"no resumption was written within {PATIENCE:g} s"
        time.sleep(0.01)


def _count(drills: Path, before: set[Path], what: str) -> int:
    """How many lines of the new run's journal have that text."""
    paths = [folder / "journal.jsonl" for folder in set(drills.glob("[!.]*/")) - before]
    return sum(what in line for path in paths if path.exists() for line in path.read_text().splitlines())


def _seen(process: subprocess.Popen[str], drills: Path, before: set[Path], step: str, state: str) -> bool:
    """Wait for the line in the new run's journal; False when the process ended first (after the last step)."""
    wanted = (f'"step":"{step}"', f'"state":"{state}"')
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for folder in set(drills.glob("[!.]*/")) - before:
            path = folder / "journal.jsonl"
            if path.exists() and any(all(w in line for w in wanted) for line in path.read_text().splitlines()):
                return process.poll() is None
        if process.poll() is not None:
            raise AssertionError(
                f"it ended with {process.returncode} before {step} was {state}: "
                f"{process.stderr.read()[-3000:] if process.stderr else ''}"
            )
        time.sleep(0.01)
    raise AssertionError(f"{step} was not {state} within {PATIENCE:g} s")


@pytest.fixture(scope="module")
def drilled(xiamen_lab: ProvisionedLab) -> Any:
    """The result of one failover whose orchestrator was killed around every step."""
    steps = xiamen_lab.json("drill", "plan", "xiamen", "same-city-failover")["steps"]
    names = [step["name"] for step in steps]
    command = xiamen_lab.command("drill", "run", "xiamen", "same-city-failover")
    kills = killed_everywhere(
        command, xiamen_lab.command("drill", "resume", "xiamen"), xiamen_lab.state / "drills", names
    )
    shown = xiamen_lab.json("drill", "show", "xiamen")
    return shown | {"kills": kills, "names": names}


@pytest.mark.lab
def test_every_step_is_done_once_in_spite_of_the_kills(drilled: Any) -> None:
    done = [line["step"] for line in drilled["journal"] if line["event"] == "step" and line["state"] == "done"]
    assert sorted(done) == sorted(drilled["names"])
    assert drilled["kills"] >= 2 * len(drilled["names"]) - 1
    # the last kill may come after the end: nothing was interrupted then
    assert drilled["result"]["interruptions"] >= drilled["kills"] - 1


@pytest.mark.lab
def test_no_acknowledged_row_is_lost_before_or_after_healing_and_none_is_doubled(drilled: Any) -> None:
    his = next(s for s in drilled["result"]["systems"] if s["system"] == "his-database")
    assert his["acknowledged"] > 500
    assert (his["missing_before_healing"], his["missing_after_healing"], his["doubled"]) == (0, 0, 0)
    assert his["verdict"] == "met"


@pytest.mark.lab
def test_the_journal_is_unbroken_and_binds_the_result(drilled: Any) -> None:
    lines = journal.read(Path(drilled["folder"]) / "journal.jsonl")
    assert lines[-1]["event"] == "finished" and set(lines[-1]["files"]) == {"result.json", "ledger.jsonl"}


@pytest.mark.lab
def test_the_end_state_is_that_of_a_drill_without_kills(drilled: Any, xiamen_lab: ProvisionedLab) -> None:
    evidence = {line["step"]: line["evidence"] for line in drilled["journal"] if line.get("state") == "done"}
    assert evidence["rejoin-database"]["state"] == "streaming"
    copies = evidence["rejoin-copies"]
    assert copies["away"] == [] and copies["following"], "the remote copy too is on the new leader's timeline"
    assert {copy["timeline"] for copy in copies["following"]} == {evidence["rejoin-database"]["timeline"]}
    site = xiamen_lab.site
    assert {*evidence["lift-fence"]["lifted_on"]} == {place.name for place in (*site.centres, *site.campuses)}
    assert evidence["verify-transactions"]["server"] == evidence["start-ledger"]["server"].replace(
        "10.21.", "10.22.", 1
    )


@pytest.mark.lab
def test_back_without_losing_anything_in_spite_of_ctrl_c(drilled: Any, xiamen_lab: ProvisionedLab) -> None:
    drills = xiamen_lab.state / "drills"
    before = set(drills.glob("[!.]*/"))
    command = xiamen_lab.command("drill", "run", "xiamen", "production-failback")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert _seen(process, drills, before, "start-ledger", "started")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130 and "medcloud drill resume" in said, said
    result = xiamen_lab.json("drill", "resume", "xiamen")
    his = next(s for s in result["systems"] if s["system"] == "his-database")
    assert his["missing_after_healing"] == 0 and his["doubled"] == 0 and his["rto_seconds"] < 60


@pytest.mark.lab
def test_no_secret_is_in_any_file_of_a_run(drilled: Any, xiamen_lab: ProvisionedLab) -> None:
    text = json.dumps(drilled)
    assert "SCRAM-SHA-256$" not in text and '"password"' not in text
