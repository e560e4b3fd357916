"""The grades in both languages, from the runs that the report is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from inventory.model import Site
from reports.dossier import collect
from reports.grade_view import grades_table, measured, unproved_text
from reports.table import csv_text
from reports.words import load_words


def test_measured_systems_have_rows_and_the_others_are_told(results: Path, hospital: Site) -> None:
    dossier = collect(hospital, results, datetime.now(UTC))
    assert dossier.grades is not None and measured(dossier.grades)
    for language, word in (("zh", "恢复检查"), ("en", "restore check")):
        words = load_words(language)
        found = grades_table(hospital, dossier.grades, words)
        assert len(found.rows) == 5 * len(measured(dossier.grades))
        assert word in csv_text(found)
    unproved = len(dossier.grades.systems) - len(measured(dossier.grades))
    assert (str(unproved) in unproved_text(dossier.grades, load_words("en"))) or unproved == 0


def test_without_any_run_there_is_no_grade_at_all(tmp_path: Path, hospital: Site) -> None:
    assert collect(hospital, tmp_path, datetime.now(UTC)).grades is None
