"""What was done to a journal is told by line: changed, dropped, inserted, reordered, cut off, made anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dr import chain
from dr.journal import GENESIS, Journal, canonical, digest
from monitors.bundle import Wrong


@pytest.fixture
def lines(tmp_path: Path) -> list[bytes]:
    """Eight lines as the engine writes them, each with its end."""
    journal = Journal(tmp_path / "journal.jsonl")
    for number in range(8):
        journal.append(f"note/{number}", "note", text=f"步骤 {number}")
    return (tmp_path / "journal.jsonl").read_bytes().splitlines(keepends=True)


def told(data: list[bytes]) -> list[tuple[str, Wrong]]:
    return [(flaw.where.removeprefix("journal.jsonl:"), flaw.what) for flaw in chain.flaws(b"".join(data))]


def remade(line: bytes, previous: str, **changes: Any) -> bytes:
    """A line forged with a hash that is right for its new content."""
    body = {**json.loads(line), **changes, "prev": previous}
    body.pop("hash")
    return canonical({**body, "hash": digest(body)}) + b"\n"


def test_a_journal_as_written_has_no_flaw_and_its_end_has_a_name(lines: list[bytes]) -> None:
    assert told(lines) == []
    assert chain.last_hash(b"".join(lines)) == json.loads(lines[-1])["hash"]


def test_every_flipped_bit_is_found_in_its_line(lines: list[bytes]) -> None:
    for number, line in enumerate(lines):
        for at in range(0, len(line) - 1, 5):
            changed = line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]
            found = told([*lines[:number], changed, *lines[number + 1 :]])
            assert (str(number + 1), Wrong.CHANGED) in found, (number, at)


def test_a_dropped_line_is_missed_at_its_place(lines: list[bytes]) -> None:
    for number in range(7):
        assert told(lines[:number] + lines[number + 1 :]) == [(str(number + 1), Wrong.MISSING)]
    (flaw,) = chain.flaws(b"".join(lines[:2] + lines[5:]))
    assert "lines 3 to 5 should stand before it" in flaw.detail


def test_a_doubled_or_foreign_line_is_found(lines: list[bytes]) -> None:
    assert told([*lines[:4], lines[2], *lines[4:]]) == [("5", Wrong.ADDED)]
    foreign = remade(lines[4], json.loads(lines[3])["hash"], text="inserted")
    assert told([*lines[:4], foreign, *lines[4:]]) == [("6", Wrong.ADDED)]


def test_swapped_lines_are_told_as_reordered(lines: list[bytes]) -> None:
    found = told([*lines[:3], lines[4], lines[3], *lines[5:]])
    assert {what for _, what in found} == {Wrong.REORDERED} and {where for where, _ in found} == {"4", "5"}


def test_a_line_made_anew_does_not_fit_the_next(lines: list[bytes]) -> None:
    forged = remade(lines[3], json.loads(lines[2])["hash"], text="nothing happened")
    assert told([*lines[:3], forged, *lines[4:]]) == [("5", Wrong.CONTRADICTS)]
    first = remade(lines[0], GENESIS, text="other")
    assert told([first, *lines[1:]]) == [("2", Wrong.CONTRADICTS)]


def test_a_line_without_its_end_and_an_empty_journal(lines: list[bytes]) -> None:
    assert ("8", Wrong.CUT_OFF) in told([*lines[:-1], lines[-1][:-9]])
    assert [flaw.what for flaw in chain.flaws(b"")] == [Wrong.MISSING]
