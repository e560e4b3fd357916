from __future__ import annotations

import csv
import io

import pytest

from reports.table import Cell, Column, csv_text, table

COLUMNS = (Column("单元"), Column("evidence"))


def test_csv_has_the_same_cells_and_opens_in_a_spreadsheet() -> None:
    text = csv_text(table("t", COLUMNS, [["L3-CES1-01", Cell('a "b", c\nd', small="8.1.4.1 a)")]]))
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows == [["单元", "evidence"], ["L3-CES1-01", 'a "b", c\nd (8.1.4.1 a))']]


@pytest.mark.parametrize("text", ["=1+1", "+1", "@sum", "-x", "\t=1+1", "\r=1"])
def test_a_cell_never_runs_as_a_formula(text: str) -> None:
    assert f"'{text}" in csv_text(table("t", COLUMNS, [["a", text]]))


def test_a_negative_figure_stays_a_figure() -> None:
    assert 'a,"-1,234.5"\r\n' in csv_text(table("t", COLUMNS, [["a", "-1,234.5"]]))


def test_quiet_lines_and_evidence_are_not_lost() -> None:
    text = csv_text(table("t", COLUMNS, [[Cell("", small="quiet"), Cell("", pairs=(("✗ looked", "raw"),))]]))
    assert 'quiet,"✗ looked\nraw"' in text


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not have 2 cells"):
        table("t", COLUMNS, [["only one"]])
