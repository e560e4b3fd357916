"""The worksheet: a row per unit, links to its evidence, raw text that stays text, columns wide enough to read."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

from compliance.grading import compare
from reports.workbook import RECORDS, RESULTS, write_workbook

SHEETS = ["封面", "结论", RESULTS, RECORDS, "整改", "重大风险", "对象"]


@pytest.fixture(scope="module")
def book(judged, hospital, tmp_path_factory):
    """The worksheet, read back from its file."""
    file = tmp_path_factory.mktemp("book") / "audit.xlsx"
    return load_workbook(write_workbook(judged, hospital, compare(judged, judged), file))


def test_the_sheets_are_those_that_an_assessor_looks_for(book):
    assert book.sheetnames == SHEETS


def test_the_cover_says_self_check(book):
    assert "不是等级测评" in book["封面"]["B2"].value


def test_a_row_per_unit_in_the_order_of_the_standard(book, judged):
    codes = [row[0].value for row in book[RESULTS].iter_rows(min_row=2)]
    assert codes == [result.item.id for result in judged.items]


def test_every_decided_unit_leads_to_its_own_records(book):
    records, seen = book[RECORDS], 0
    for row in book[RESULTS].iter_rows(min_row=2):
        link = row[-1].hyperlink
        if link is not None:
            target = (link.location or link.target).rpartition("!A")[2]
            assert records.cell(int(target), 1).value == row[0].value
            seen += 1
    assert seen > 50


def test_raw_evidence_never_becomes_a_formula(book):
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(str(cell.value).startswith("=cmd") for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}


def test_every_column_has_a_width_and_long_texts_wrap(book):
    for sheet in book:
        for number, _ in enumerate(sheet[1], start=1):
            letter = sheet.cell(1, number).column_letter
            assert sheet.column_dimensions[letter].width >= 6
    assert all(cell.alignment.wrap_text for row in book[RECORDS].iter_rows(min_row=2) for cell in row)


def test_what_a_role_fixes_names_the_command(book):
    fixes = [row[6].value for row in book["整改"].iter_rows(min_row=2) if row[6].value != "—"]
    assert fixes and all("medcloud audit fix little --item L3-" in fix for fix in fixes)
