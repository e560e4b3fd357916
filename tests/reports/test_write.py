from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import weasyprint

from inventory.error import MedcloudError
from inventory.model import Site
from reports.dossier import collect
from reports.pdf import write_pdf
from reports.write import write
from tests.reports.conftest import BEGIN, write_results


def _text(file: Path) -> str:
    if not shutil.which("pdftotext"):
        pytest.skip("needs poppler-utils")
    return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, hospital: Site) -> dict[str, Path]:
    state = tmp_path_factory.mktemp("state")
    write_results(state, hospital)
    written = write(collect(hospital, state, BEGIN), tmp_path_factory.mktemp("out"), ("zh",))
    return {file.name: file for file in written}


def test_pdf_csv_and_json_lie_beside_the_page(files: dict[str, Path]) -> None:
    assert next(iter(files)) == "report.zh.pdf"
    assert {
        "report.zh.html",
        "report.json",
        "findings.zh.csv",
        "systems.zh.csv",
        "drill-steps.zh.csv",
        "audit.xlsx",
    } <= files.keys()
    folder = files["report.json"].parent
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == sorted(files), "no draft is left behind"
    record = json.loads(files["report.json"].read_text(encoding="utf-8"))
    assert record["drill"]["result"]["systems"][0]["rto_seconds"] == 23.47
    assert "host/h2" in files["findings.zh.csv"].read_text(encoding="utf-8")


def test_the_pdf_has_pages_bookmarks_and_chinese_text(files: dict[str, Path]) -> None:
    paper = files["report.zh.pdf"]
    text = _text(files["report.zh.pdf"])
    assert "容灾演练、等级保护自查与容量报告" in text and "院领导摘要" in text and "23.5 秒" in text
    pages = text.count("\f")
    assert pages >= 8
    assert f"2 / {pages}" in text, "pages are numbered"
    info = subprocess.run(["pdfinfo", paper], capture_output=True, text=True, check=True).stdout
    assert "小医院" in info
    fonts = subprocess.run(["pdffonts", paper], capture_output=True, text=True, check=True).stdout
    assert "CJK" in fonts or "WenQuanYi" in fonts
    assert all(line.split()[-5] == "yes" for line in fonts.splitlines()[2:]), "every font is embedded"
    outline = subprocess.run(["pdftohtml", "-xml", "-i", "-stdout", paper], capture_output=True, text=True, check=True)
    bookmarks = outline.stdout[outline.stdout.index("<outline>") :]
    assert "院领导摘要</item>" in bookmarks and "容量</item>" in bookmarks


def test_a_machine_without_chinese_font_is_told_before_anything_is_written(
    results: Path, hospital: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "fc-list"
    silent.write_text("#!/bin/sh\n")
    silent.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MedcloudError, match="no Chinese font"):
        write(collect(hospital, results, BEGIN), tmp_path / "out", ("zh",))
    assert not (tmp_path / "out").exists()


def test_the_pdf_engine_fetches_nothing(tmp_path: Path) -> None:
    picture = tmp_path / "secret.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="9">not for the report</text></svg>')
    page = f"<p>text <img src='{picture.as_uri()}'></p>"
    weasyprint.HTML(string=page).write_pdf(tmp_path / "open.pdf")
    write_pdf(page, tmp_path / "shut.pdf")
    assert (tmp_path / "shut.pdf").stat().st_size < (tmp_path / "open.pdf").stat().st_size
    assert "not for the report" in _text(tmp_path / "open.pdf")
    assert "not for the report" not in _text(tmp_path / "shut.pdf")


def test_a_folder_that_cannot_be_written_is_named(results: Path, hospital: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MedcloudError, match="cannot write"):
        write(collect(hospital, results, BEGIN), tmp_path / "file" / "out", ("en",))
