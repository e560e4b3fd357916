"""`medcloud drill` as typed, on the Xiamen blueprint without any lab."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dr import journal, runs
from dr.planner import standard
from inventory.model import Site
from tests.cli.typed import typed as in_process
from tests.conftest import MEDCLOUD
from tests.dr.approving import Asked


def typed(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return in_process("--state-dir", state, "--lab", "nowhere", "drill", *words)


@pytest.fixture
def held(tmp_path: Path, xiamen: Site) -> str:
    """A run that was interrupted after its first step, on disk as the engine leaves it."""
    drills = tmp_path / "nowhere" / "drills"
    folder = runs.create(drills, "run-1", xiamen, standard(xiamen, "same-city-failover"))
    book = journal.Journal(folder / "journal.jsonl")
    book.append("step/start-ledger/started/1", "step", step="start-ledger", state="started", attempt=1)
    book.append(
        "step/start-ledger/done", "step", step="start-ledger", state="done", seconds=4.2, evidence={"chains": 41}
    )
    return "run-1"


def test_list_and_plan_as_json(tmp_path: Path) -> None:
    listed = json.loads(typed(tmp_path, "list", "xiamen", "--json").stdout)
    assert [plan["name"] for plan in listed["plans"]][:2] == ["same-city-failover", "production-failback"]
    shown = json.loads(typed(tmp_path, "plan", "xiamen", "same-city-failover", "--json").stdout)
    assert shown["hash"] == listed["plans"][0]["hash"] and shown["steps"][2]["step"] == "strike-centre"


def test_an_unknown_plan_is_bad_input_to_look_at_and_refused_to_run(tmp_path: Path) -> None:
    for verb, code in (("plan", 2), ("run", 3)):
        done = typed(tmp_path, verb, "xiamen", "same-city-failovr")
        assert done.returncode == code and "did you mean `same-city-failover`?" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "which plan?"),
        (("--from", "gaodian"), 2, "in which mode?"),
        (("--from", "gaodian", "--mode", "plannd"), 2, "did you mean `planned`?"),
        (("same-city-failover", "--to", "fuzhou"), 2, "has its own centres"),
        (("same-city-whole",), 3, "--accept shedding=NAME"),
        (("same-city-whole", "--accept", "shedding"), 2, "is no agreement"),
        (("--from", "gaodian", "--to", "gaodien", "--mode", "planned"), 2, "did you mean `gaodian`?"),
        (("same-city-switchover", "--system", "pacz"), 2, "did you mean `pacs`?"),
    ],
)
def test_what_cannot_be_planned_is_one_clear_error(
    tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = typed(tmp_path, "plan", "xiamen", *words)
    assert (done.returncode, done.stdout) == (code, "") and said in done.stderr
    if words:
        assert typed(tmp_path, "run", "xiamen", *words).returncode == 3, "to run it is refused"


def test_any_pair_any_systems_any_mode(tmp_path: Path) -> None:
    words = ("--from", "software-park-2", "--to", "gaodian", "--mode", "planned", "--system", "his")
    found = json.loads(typed(tmp_path, "plan", "xiamen", *words, "--json").stdout)
    assert found["moved"] == ["his-database"] and found["started"] == ["single-sign-on", "his"]
    assert found["forecast"]["total"] is None and "start-his" in found["forecast"]["unknown"]
    walked = json.loads(typed(tmp_path, "plan", "xiamen", "production-failback", "--mode", "tabletop", "--json").stdout)
    assert (walked["mode"], walked["walks"]) == ("tabletop", "failback")
    lost = json.loads(typed(tmp_path, "plan", "xiamen", "--from", "fuzhou", "--mode", "unplanned", "--json").stdout)
    assert (lost["source"], lost["target"]) == ("fuzhou", "software-park-2")


def test_the_difference_that_the_sites_own_file_makes(tmp_path: Path) -> None:
    agreed = ("same-city-whole", "--accept", "shedding=Chen Li", "--diff")
    shown = typed(tmp_path, "plan", "xiamen", *agreed)
    assert shown.returncode == 0 and "+ tell-the-wards: notify" in shown.stdout
    assert "~ measure-before-healing: after" in shown.stdout
    told = json.loads(typed(tmp_path, "plan", "xiamen", *agreed, "--json").stdout)
    assert told["file"].endswith("dr/plans/xiamen/same-city-whole.yml") and len(told["differences"]) == 3
    assert "as computed" in typed(tmp_path, "plan", "xiamen", "remote-loss", "--diff").stdout


def test_a_plan_reads_well_without_a_lab(tmp_path: Path) -> None:
    shown = typed(tmp_path, "plan", "xiamen", "same-city-whole", "--accept", "shedding=Chen Li").stdout
    assert "SHED, first to go first (agreed by Chen Li): development-test" in shown
    assert "never ran here, so not predicted: assess-start" in shown and "never rehearsed as it stands" in shown


def test_a_run_on_a_site_that_is_not_up_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    done = typed(tmp_path, "run", "xiamen", "same-city-failover")
    assert done.returncode == 3 and "is not up" in done.stderr
    assert not list((tmp_path / "nowhere" / "drills").glob("*/"))


def test_show_tells_what_was_done_and_what_waits(tmp_path: Path, held: str) -> None:
    done = typed(tmp_path, "show", "xiamen", held)
    assert done.returncode == 0 and "interrupted" in done.stdout and "chain unbroken" in done.stdout
    assert "chains 41" in done.stdout and "waiting" in done.stdout


def test_show_finds_a_journal_that_was_changed(tmp_path: Path, held: str) -> None:
    path = tmp_path / "nowhere" / "drills" / held / "journal.jsonl"
    path.write_text(path.read_text().replace('"chains":41', '"chains":99'))
    done = typed(tmp_path, "show", "xiamen", held)
    assert done.returncode == 1 and "hash chain is broken" in done.stderr


def test_abandoning_makes_room_for_the_next(tmp_path: Path, held: str) -> None:
    assert typed(tmp_path, "undo", "xiamen", "--reason", "the lab is gone").returncode == 0
    listed = json.loads(typed(tmp_path, "list", "xiamen", "--json").stdout)
    assert [run["state"] for run in listed["runs"]] == ["abandoned"]


def test_resuming_nothing_is_refused(tmp_path: Path) -> None:
    done = typed(tmp_path, "resume", "xiamen")
    assert done.returncode == 3 and not done.stdout


def test_two_people_enrol_see_what_is_asked_and_approve_it(
    tmp_path: Path, xiamen: Site, ssh_key: Callable[[str], Path]
) -> None:
    state = tmp_path / "nowhere"
    asked = Asked(state, xiamen, ssh_key)
    asked.while_waiting(lambda: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        asked.ask(patience=1e7)  # the fakes' clock began long before the terminal's
    enrolled = typed(tmp_path, "enrol", "xiamen", "--as", "it-director", "--key", str(asked.keys["it-director"]))
    assert enrolled.returncode == 0 and "SHA256:" in enrolled.stdout
    shown = typed(tmp_path, "approve", "xiamen")
    assert shown.returncode == 0 and "Move to Gaodian" in shown.stdout and "ssh-keygen -Y sign" in shown.stderr
    for person in ("it-director", "duty-director"):
        done = typed(tmp_path, "approve", "xiamen", "--as", person, "--key", str(asked.keys[person]), "--json")
        assert json.loads(done.stdout)["approved_by"] == person
    late = typed(tmp_path, "approve", "xiamen", "--as", "medical-director", "--key", str(asked.keys["duty-director"]))
    assert late.returncode == 3 and "waits for no approval" in late.stderr


def test_a_person_cannot_approve_with_a_key_that_is_not_his(
    tmp_path: Path, xiamen: Site, ssh_key: Callable[[str], Path]
) -> None:
    asked = Asked(tmp_path / "nowhere", xiamen, ssh_key)
    asked.while_waiting(lambda: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        asked.ask(patience=1e7)
    key = str(asked.keys["duty-director"])
    done = typed(tmp_path, "approve", "xiamen", "--as", "it-director", "--key", key)
    assert done.returncode == 3 and "it-director's name is unknown-signer" in done.stderr
    assert typed(tmp_path, "enrol", "xiamen", "--as", "mallory", "--key", key).returncode == 2


def test_the_calendar_says_what_is_due_and_when_it_may_be_done(tmp_path: Path) -> None:
    found = json.loads(typed(tmp_path, "calendar", "xiamen", "--json").stdout)
    drill = next(duty for duty in found["duties"] if duty["kind"] == "yearly-drill")
    assert drill["state"] == "never-done" and len(found["windows"]) == 5
    shown = typed(tmp_path, "calendar", "xiamen").stdout
    assert "restore-test" in shown and "Asia/Shanghai" in shown


def test_the_stop_switch_is_set_read_and_released(tmp_path: Path, held: str) -> None:
    told = json.loads(typed(tmp_path, "stop", "xiamen", "--reason", "month-end billing", "--json").stdout)
    assert told == {"site": "xiamen", "stopped": "month-end billing", "run": "run-1"}
    assert json.loads((tmp_path / "nowhere" / "drills" / "stop.json").read_text())["reason"] == "month-end billing"
    done = typed(tmp_path, "allow", "xiamen")
    assert done.returncode == 0 and "drill resume xiamen run-1" in done.stderr
    assert not (tmp_path / "nowhere" / "drills" / "stop.json").exists()


def test_a_worker_without_a_shared_database_is_bad_input(tmp_path: Path) -> None:
    done = typed(tmp_path, "worker", "xiamen")
    assert done.returncode == 2 and "--engine-url" in done.stderr


def test_a_password_in_the_engine_url_is_bad_input_and_not_repeated(tmp_path: Path) -> None:
    command = [MEDCLOUD, "--state-dir", str(tmp_path), "--engine-url", "postgresql://me:geheim@nowhere/db"]
    done = subprocess.run(
        [*command, "drill", "list", "xiamen"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2 and "PGPASSFILE" in done.stderr and "geheim" not in done.stderr


def test_a_plan_that_strikes_where_we_stand_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nowhere" / "ssh").mkdir(parents=True)
    (tmp_path / "nowhere" / "ssh" / "known_hosts").touch()
    command = [MEDCLOUD, "--state-dir", str(tmp_path), "--lab", "nowhere", "--here", "software-park-2"]
    command += ["drill", "run", "xiamen", "same-city-failover", "--override-window", "a test"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3 and "this machine stands in software-park-2" in done.stderr
    assert not list((tmp_path / "nowhere" / "drills").glob("*/"))
