"""Writes a report's files: HTML and PDF per language, the tables as CSV, everything as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from pydantic_core import to_jsonable_python

from compliance.judge import Audit
from inventory.error import MedcloudError
from reports.dossier import Dossier
from reports.page import html, tables
from reports.pdf import require_chinese_font, write_pdf
from reports.table import csv_text
from reports.words import load_words


def write(dossier: Dossier, folder: Path, languages: Iterable[str]) -> tuple[Path, ...]:
    """Write all files of the report into `folder` and return them in the order in which people open them.

    Raises MedcloudError when the folder cannot be written or the machine lacks what a PDF needs; then no file is new.
    """
    require_chinese_font()
    files: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for language in languages:
            files += _language(dossier, folder, language)
        files.append(_json(dossier, folder / "report.json"))
        if dossier.audit:
            files += _assessor(dossier, dossier.audit, folder)
    except OSError as error:
        raise MedcloudError(
            f"cannot write {error.filename or folder}: {error.strerror}", "choose another --out"
        ) from None
    return tuple(files)


def _language(dossier: Dossier, folder: Path, language: str) -> list[Path]:
    words = load_words(language)
    page, paper = folder / f"report.{language}.html", folder / f"report.{language}.pdf"
    text = html(dossier, words)
    draft = paper.with_suffix(".new")
    write_pdf(text, draft)
    draft.replace(paper)
    found = [paper, _put(page, text)]
    for table in tables(dossier, words):
        found.append(_put(folder / f"{table.name}.{language}.csv", csv_text(table)))
    return found


def _assessor(dossier: Dossier, audit: Audit, folder: Path) -> list[Path]:
    """What assessors take with them: the worksheet and OSCAL."""
    from reports.oscal import documents
    from reports.workbook import write_workbook

    sheet = folder / "audit.xlsx"
    write_workbook(audit, dossier.site, dossier.change, draft := sheet.with_name(".audit.xlsx.new"))
    draft.replace(sheet)
    (folder / "oscal").mkdir(exist_ok=True)
    return [sheet, *(_put(folder / "oscal" / name, text) for name, text in documents(audit).items())]


def _json(dossier: Dossier, file: Path) -> Path:
    """The whole input, so that every figure of the report can be traced."""
    value = to_jsonable_python(dossier, by_alias=False)
    return _put(file, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def _put(file: Path, text: str) -> Path:
    """Whole or not at all: a reader never meets half a report."""
    draft = file.with_name(f".{file.name}.new")
    with draft.open("w", encoding="utf-8", newline="") as out:
        out.write(text)
    os.replace(draft, file)
    return file
