from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from dr import steps
from reports import words
from reports.words import LANGUAGES, load_words


def test_both_languages_have_the_same_keys_and_the_same_values_to_fill_in() -> None:
    chinese, english = (load_words(language).texts for language in LANGUAGES)
    table = yaml.safe_load((Path(words.__file__).parent / "words.yml").read_text(encoding="utf-8"))
    assert [key for key, forms in table.items() if set(forms) != {"zh", "en"}] == [], "an unquoted comma cuts a text"
    for key in chinese:
        assert _fields(chinese[key]) == _fields(english[key]) or key == "format.day", key


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("step", sorted(steps.names()))
def test_every_step_of_a_drill_has_its_name_in_both_languages(step: str) -> None:
    assert f"step.{step}" in load_words("zh").texts


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [(0.321, "0.32 秒", "0.32 s"), (24.83, "24.8 秒", "24.8 s"), (900, "15 分钟", "15 min"), (86400, "1 天", "1 d")],
)
def test_seconds_read_as_people_say_them(seconds: float, chinese: str, english: str) -> None:
    assert load_words("zh").seconds(seconds) == chinese
    assert load_words("en").seconds(seconds) == english


def test_declared_durations() -> None:
    assert load_words("en").duration(timedelta()) == "0"
    assert load_words("en").duration(timedelta(minutes=5)) == "5 min"


def test_numbers_sizes_and_moments() -> None:
    chinese = load_words("zh")
    assert chinese.number(56780) == "56,780"
    assert chinese.storage(56780) == "56.78 TB"
    assert chinese.storage(171) == "171 GB"
    assert chinese.bandwidth(1000) == "1 Gbit/s" and chinese.bandwidth(20) == "20 Mbit/s"
    assert chinese.day(datetime(2026, 11, 2, tzinfo=UTC)) == "2026 年 11 月 2 日"
    assert chinese.moment(datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)) == "2026-11-02 03:04:05 UTC"


def test_an_unknown_key_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        load_words("en")("no.such.text")
    assert load_words("en").known("plan", "a-new-plan") == "a-new-plan"
