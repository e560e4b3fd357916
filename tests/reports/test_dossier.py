from __future__ import annotations

from pathlib import Path

import pytest

from dr import runs
from dr.planner import standard
from inventory.error import MedcloudError
from inventory.model import Site
from reports.dossier import collect
from tests.reports.conftest import BEGIN, RUN, write_drill


def test_every_part_is_read_from_the_state_folder(results: Path, hospital: Site) -> None:
    dossier = collect(hospital, results, BEGIN)
    assert dossier.drill and dossier.drill.result.systems[0].rto_seconds == 23.47
    assert len(dossier.drill.acks) == 48
    assert dossier.audit and dossier.audit.snapshot_sha256 == "7a" * 32
    assert dossier.capacity and dossier.capacity.carry and dossier.capacity.carry.shed[0].system == "his"
    assert [gap.gap_ms for gap in dossier.gaps] == [74.5]
    assert dossier.deployment and dossier.deployment.centres[0].left == 46


def test_what_was_not_run_is_none_not_an_error(tmp_path: Path, hospital: Site) -> None:
    dossier = collect(hospital, tmp_path, BEGIN)
    assert (dossier.drill, dossier.audit, dossier.capacity, dossier.deployment) == (None, None, None, None)
    assert dossier.history == () and dossier.gaps == ()


def test_newest_audit_wins(results: Path, hospital: Site) -> None:
    old = results / "audits" / "20261122-140500" / "findings.json"
    new = results / "audits" / "20261123-000000" / "findings.json"
    new.parent.mkdir()
    new.write_text(old.read_text().replace("7a" * 32, "8b" * 32))
    dossier = collect(hospital, results, BEGIN)
    assert dossier.audit and dossier.audit.snapshot_sha256 == "8b" * 32


def test_a_named_run_is_shown_and_an_unknown_one_refused(results: Path, hospital: Site) -> None:
    write_drill(results, hospital, "same-city-failover-20261123-000000")
    newest, named = collect(hospital, results, BEGIN), collect(hospital, results, BEGIN, RUN)
    assert newest.drill and newest.drill.result.run_id.endswith("20261123-000000")
    assert named.drill and named.drill.result.run_id == RUN
    assert len(named.history) == 2
    with pytest.raises(MedcloudError, match="no drill run `nothing`") as error:
        collect(hospital, results, BEGIN, "nothing")
    assert error.value.code == "input"


def test_an_unfinished_run_is_history_but_no_result(tmp_path: Path, hospital: Site) -> None:
    runs.create(tmp_path / "drills", "begun", hospital, standard(hospital, "same-city-failover"))
    dossier = collect(hospital, tmp_path, BEGIN)
    assert dossier.drill is None
    assert [(past.run.run_id, past.result) for past in dossier.history] == [("begun", None)]
    with pytest.raises(MedcloudError, match="has no result"):
        collect(hospital, tmp_path, BEGIN, "begun")


def test_a_damaged_file_is_named_with_the_key(results: Path, hospital: Site) -> None:
    file = results / "capacity" / "20261122-140600.json"
    file.write_text(file.read_text().replace('"hosts": 3', '"hosts": "many"', 1))
    with pytest.raises(MedcloudError, match=r"140600\.json: centres\.0\.compute\.0\.hosts") as error:
        collect(hospital, results, BEGIN)
    assert error.value.hint


def test_a_missing_ledger_is_an_error_not_an_empty_chart(results: Path, hospital: Site) -> None:
    (results / "drills" / RUN / "ledger.jsonl").unlink()
    with pytest.raises(MedcloudError, match=r"ledger\.jsonl"):
        collect(hospital, results, BEGIN)


def test_a_changed_journal_is_not_reported(results: Path, hospital: Site) -> None:
    journal = results / "drills" / RUN / "journal.jsonl"
    journal.write_text(journal.read_text().replace("23.47", "3.47", 1))
    with pytest.raises(MedcloudError, match="hash chain"):
        collect(hospital, results, BEGIN)
