from __future__ import annotations

import json
from pathlib import Path

import pytest

from dr.journal import Journal, read
from inventory.error import MedcloudError


def test_lines_are_chained_and_read_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    first = journal.append("a", "note", text="一")
    second = journal.append("b", "note", text="two")
    assert second["prev"] == first["hash"] and [line["seq"] for line in read(tmp_path / "j")] == [0, 1]


def test_a_key_is_written_once(tmp_path: Path) -> None:
    Journal(tmp_path / "j").append("a", "note", text="first")
    again = Journal(tmp_path / "j").append("a", "note", text="second")
    assert again["text"] == "first" and len(read(tmp_path / "j")) == 1


@pytest.mark.parametrize("change", ["edit", "delete", "swap"])
def test_any_change_is_found(tmp_path: Path, change: str) -> None:
    path = tmp_path / "j"
    journal = Journal(path)
    for key in "abcd":
        journal.append(key, "note", text=key)
    lines = path.read_text().splitlines()
    if change == "edit":
        lines[1] = lines[1].replace('"text":"b"', '"text":"x"')
    elif change == "delete":
        del lines[1]
    else:
        lines[1], lines[2] = lines[2], lines[1]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(MedcloudError, match=":2: the hash chain is broken"):
        read(path)


def test_a_line_that_a_crash_cut_off_is_dropped_and_the_chain_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "j"
    Journal(path).append("a", "note")
    with path.open("a") as file:
        file.write('{"seq": 1, "key": "b"')
    Journal(path).append("c", "note")
    assert [line["key"] for line in read(path)] == ["a", "c"]


def test_only_new_lines_are_told(tmp_path: Path) -> None:
    Journal(tmp_path / "j").append("a", "note")
    told: list[str] = []
    journal = Journal(tmp_path / "j", lambda line: told.append(json.dumps(line["key"])))
    journal.append("a", "note")
    journal.append("b", "note")
    assert told == ['"b"']
