"""Rows may leave the database when their run has finished and what was counted is kept, and not a moment before."""

from __future__ import annotations

from pathlib import Path

import pytest

from dr import evidence, rowbook
from dr.runs import Run
from inventory.error import MedcloudError
from inventory.model import Site
from monitors.bundle import Wrong
from tests.dr.finished import ROWS, finished


@pytest.fixture
def run(tmp_path: Path, xiamen: Site) -> Run:
    return finished(tmp_path / "drills", xiamen)


def test_what_is_kept_is_what_was_counted(run: Run) -> None:
    assert rowbook.parse((run.folder / "rows-after-healing.json").read_bytes()) == ROWS
    assert rowbook.is_whole(run.folder.parent, run.run_id)
    assert {"rows-before-healing.json", "rows-after-healing.json"} < set(evidence.seal_run(run).files)


@pytest.mark.parametrize("data", [None, b"{}"])
def test_changed_or_missing_rows_are_found_and_their_run_keeps_its_own(run: Run, data: bytes | None) -> None:
    path = run.folder / "rows-after-healing.json"
    path.unlink() if data is None else path.write_bytes(data)
    assert not rowbook.is_whole(run.folder.parent, run.run_id)
    with pytest.raises(MedcloudError, match=r"no evidence any more: rows-after-healing\.json"):
        evidence.seal_run(run)


def test_rows_that_do_not_give_the_verdict_are_found(run: Run) -> None:
    """Somebody who has the journal made anew as well must make the numbers fit each other."""
    files = dict(evidence.seal_run(run).files)
    lines = [dict(line) for line in run.lines]
    for line, part in rowbook.bound(lines):
        if line["step"] == "measure-after-healing":
            part["doubled_rows"] = 3  # type: ignore[index]
    found = list(evidence._counted(files, tuple(lines)))
    assert {(flaw.where, flaw.what) for flaw in found} == {("rows-after-healing.json", Wrong.CONTRADICTS)}


def test_a_run_that_has_not_finished_or_is_not_known_keeps_its_rows(run: Run) -> None:
    journal = run.folder / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    assert not rowbook.is_whole(run.folder.parent, run.run_id)
    assert not rowbook.is_whole(run.folder.parent, "somebody-elses")
    assert not rowbook.is_whole(run.folder.parent, "../drills/run-1x")
