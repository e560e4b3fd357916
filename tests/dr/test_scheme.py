"""The thresholds are what the sources say, each with its edition; a demand that nobody defines is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from dr.scheme import DATA, schemes
from inventory.error import MedcloudError

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_the_thresholds_are_those_of_the_sources() -> None:
    levels = {(s.scheme, level.level): (level.rto, level.rpo) for s in schemes().schemes for level in s.levels}
    assert levels == {
        ("emr", "5"): (2 * HOUR, DAY),
        ("emr", "6"): (None, None),
        ("emr", "7"): (15 * MINUTE, 30 * MINUTE),
        ("emr", "8"): (0 * HOUR, 0 * HOUR),
        ("emr-infrastructure", "6"): (None, None),
        ("interop", "四级乙等"): (DAY, DAY),
        ("interop", "四级甲等"): (4 * HOUR, 6 * HOUR),
        ("interop", "五级乙等"): (15 * MINUTE, 15 * MINUTE),
        ("interop", "五级甲等"): (15 * MINUTE, 15 * MINUTE),
        ("gbt20988", "1"): (2 * DAY, 7 * DAY),
        ("gbt20988", "2"): (DAY, 7 * DAY),
        ("gbt20988", "3"): (12 * HOUR, DAY),
        ("gbt20988", "4"): (6 * HOUR, DAY),
        ("gbt20988", "5"): (2 * HOUR, 30 * MINUTE),
        ("gbt20988", "6"): (10 * MINUTE, 0 * HOUR),
        ("care-tolerance", "inpatient"): (30 * MINUTE, None),
        ("care-tolerance", "outpatient"): (5 * MINUTE, None),
    }


def test_every_scheme_names_source_and_edition_and_grows_stricter() -> None:
    for scheme in schemes().schemes:
        assert scheme.source and scheme.edition and scheme.title.zh and scheme.title.en
        for key in ("rto", "rpo"):
            values = [getattr(level, key) for level in scheme.levels if getattr(level, key) is not None]
            assert values == sorted(values, reverse=True), (scheme.scheme, key)
        assert {level.confidence for level in scheme.levels} <= {"high", "medium", "low"}


def test_damaged_data_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "grades.yaml"
    path.write_text(DATA.read_text(encoding="utf-8").replace("demands: [recovery-room]", "demands: [magic]"))
    with pytest.raises(MedcloudError, match="no demand magic") as caught:
        schemes(path)
    assert caught.value.code == "input"
    path.write_text("schemes: [")
    with pytest.raises(MedcloudError):
        schemes(path)
