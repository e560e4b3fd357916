from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from compliance.finding import Finding, Proof, Verdict, Words
from inventory.model import Site
from reports.audit_view import findings_table
from reports.dossier import collect
from reports.page import SECTIONS, html
from reports.words import LANGUAGES, load_words
from tests.reports.conftest import BEGIN, audit


class _Page(HTMLParser):
    """The visible text, the ids and the addresses of a page; every element must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.ids, self.links, self.open, self.hidden = "", list[str](), list[str](), list[str](), 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if key == "id":
                self.ids.append(value or "")
            if key in ("src", "href", "xlink:href", "srcset", "data", "action"):
                self.links.append(value or "")
        if tag not in ("meta", "col", "br", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data + " "


def _render(site: Site, state: Path, language: str) -> str:
    return html(collect(site, state, BEGIN), load_words(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_and_has_every_section(pages: dict[str, str], language: str) -> None:
    page = _Page(pages[language])
    assert page.open == []
    assert [name for name in page.ids if name in SECTIONS] == list(SECTIONS)
    assert page.links == [f"#{name}" for name in SECTIONS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_comes_from_elsewhere(pages: dict[str, str], language: str) -> None:
    text = pages[language]
    addresses = set(re.findall(r"https?://[^\"'\s)<]+", text)) - {"http://www.w3.org/2000/svg"}
    assert addresses == set()
    assert "url(" not in re.sub(r"attr\(href url\)", "", text)
    assert "<script" not in text and "@import" not in text


# every figure of tests/reports/conftest.py as a reader must find it
FIGURES = [
    "23.5", "192", "28", "52", "21", "39.5", "36", "204", "9,000", "684", "513.2", "46", "57", "243",
    "1 / 257 = 0.4%", "1 / 2 = 50.0%", "255", "7 vCPU · 13 GB", "171 GB ssd", "12.25 ms", "100 × 3 ms", "7a" * 32,
    "5e" * 32, "stray-1", "no route", "74.5", "3.25 ms", "3,000", "37", "PASS_MAX_DAYS 90",
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_of_the_input_is_there(pages: dict[str, str], language: str) -> None:
    text = _Page(pages[language]).text
    assert [figure for figure in FIGURES if figure not in text] == []


def test_each_language_is_written_in_its_own_words(pages: dict[str, str]) -> None:
    chinese, english = (_Page(pages[language]).text for language in LANGUAGES)
    for text in ("院领导摘要", "小医院", "单位自查材料", "达标", "不符合", "真实 1 台 · 计数 3 台", "东数据中心"):
        assert text in chinese and text not in english
    for text in ("Summary for the director", "Little Hospital", "self-check", "1 real · 3 counted", "nonconform"):
        assert text in english and text not in chinese


def test_the_lab_is_told_apart_from_the_paper(pages: dict[str, str]) -> None:
    text = _Page(pages["en"]).text
    assert "2 instances are real machines" in text and "3 instances are placed, counted" in text
    assert "Far: declared only, not run in the lab." in text


def test_evidence_is_shown_raw_and_cannot_become_markup(pages: dict[str, str]) -> None:
    text = pages["zh"]
    assert "<b>raw</b>" not in text and "<silent>" not in text
    assert "=cmd|' /C calc'!A0 <b>raw</b>" in unescape(text)
    assert "east is dark & <silent>" in _Page(text).text


def test_objects_with_the_same_evidence_share_a_row(pages: dict[str, str]) -> None:
    text = pages["en"]
    assert text.count("PASS_MAX_DAYS 90") == 1
    assert "host/h1\nhost/h2" in text


def test_parts_that_were_not_run_say_so_and_show_no_figure(tmp_path: Path, hospital: Site) -> None:
    text = _Page(_render(hospital, tmp_path, "en")).text
    for command in ("drill run little", "audit run little", "capacity little", "apply little"):
        assert f"Run medcloud {command}" in text
    summary = text[text.index("Summary for the director", 900) : text.index("Site and lines", 1400)]
    assert summary.count("Not run yet") == 4
    assert "0 s" not in summary and "conform" not in summary


def test_reasons_for_not_reading_do_not_split_a_row() -> None:
    unread = [Proof(None, f"10.0.0.{n}: no route", Words("内容", "what"), Words("", "")) for n in (1, 2)]
    found = tuple(Finding("L3-CES1-01", f"h{n}", "host", "east", Verdict.NOT_CHECKED, (proof,))
                  for n, proof in enumerate(unread, 1))  # fmt: skip
    item = replace(audit().items[0], findings=found)
    rows = findings_table(replace(audit(), items=(item,)), load_words("en")).rows
    assert len(rows) == 1
    assert rows[0][1].text == "h1\nh2"
    assert rows[0][3].pairs == (("? what", "10.0.0.1: no route\n10.0.0.2: no route"),)
