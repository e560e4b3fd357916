"""The chapters of an audit after the 2025 template."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compliance.grading import compare, graded, trend
from reports import audit_chapters as chapters
from reports.words import load_words

ZH = load_words("zh")


def texts(table):
    return [[cell if isinstance(cell, str) else cell.text for cell in row] for row in table.rows]


def test_objects_are_counted_by_kind(judged):
    assert ["主机", "2", "a, b"] in texts(chapters.objects_table(judged, ZH))


def test_major_risks_show_condition_and_mitigation(judged):
    rows = {row[1]: row for row in texts(chapters.major_table(judged, ZH))}
    assert rows["L3-CES1-23"][0] == "A-23" and "a: absent: clamd" in rows["L3-CES1-23"][3]
    assert "防病毒" in rows["L3-CES1-23"][4]


def test_the_forecast_names_platform_and_systems(judged, hospital):
    rows = texts(chapters.graded_table(graded(judged, hospital), ZH))
    assert rows[0][0] == "私有云平台" and rows[0][-1] == "不符合"


def test_remedies_name_role_and_tag(judged):
    rows = {row[0]: row for row in texts(chapters.remedies_table(judged, ZH))}
    assert rows["L3-CES1-06"][2].splitlines() == ["baseline --tags L3-CES1-06", "patroni --tags L3-CES1-06"]


def test_control_points_that_fail_are_listed(judged):
    assert any("恶意代码防范" in row[1] for row in texts(chapters.points_table(judged, ZH)))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_comparison_and_trend(judged, language):
    words = load_words(language)
    assert len(chapters.comparison_texts(None, words)) == 1
    said = chapters.comparison_texts(compare(judged, replace(judged, major_risks=("L3-ABS1-10",))), words)
    assert len(said) == 3 and "1" in said[2]
    assert len(chapters.trend_table(trend([judged, judged]), words).rows) == 2
