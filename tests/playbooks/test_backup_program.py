"""What the repository's own program decides and understands, without a repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parents[2] / "playbooks/roles/backup/files/medcloud-backup"
DAY = 86_400


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "medcloud_backup"}
    exec(compile(PROGRAM.read_text(encoding="utf-8"), str(PROGRAM), "exec"), space)
    return space


def backup(kind: str, start: float) -> dict[str, Any]:
    return {"type": kind, "timestamp": {"start": start}}


@pytest.mark.parametrize(
    ("backups", "now", "due"),
    [
        ([], 0, "full"),
        ([backup("full", 0)], 100, None),
        ([backup("full", 0)], 21_600, "diff"),
        ([backup("full", 0), backup("diff", 21_600)], 21_700, None),
        ([backup("full", 0), backup("diff", 6 * DAY)], 7 * DAY, "full"),
        ([backup("diff", 0)], 100, "full"),
    ],
)
def test_what_is_due_follows_from_the_backups_there_are(
    program: dict[str, Any], backups: list[dict[str, Any]], now: float, due: str | None
) -> None:
    assert program["kind_due"](backups, now, 21_600, 7 * DAY) == due


# As pgBackRest 2.45 said them: of a sound repository, and of one whose bytes had been changed; both ended with 0.
CLEAN = """P00   INFO: verify command begin 2.45: --exec-id=445-0c71e6d2 --log-level-console=info
P00   INFO: verify command end: completed successfully (592ms)"""
DAMAGED = """P01   INFO: invalid result 15-1/0000000100000000/000000010000000000000004-a090.zst: [29] raised from l
                                    [FormatError] on retry after 15000ms
P01   INFO: invalid checksum '20261122-203504F/pg_data/base/5/2838.zst'
P00   INFO: stanza: his
                                    status: error
                                      backup: 20261122-203504F, status: invalid, total files checked: 964
                                        checksum invalid: 1
P00   INFO: verify command end: completed successfully (15690ms)"""
MISSING = """P00   INFO: stanza: his
                                    status: error
                                      archiveId: 15-1, total WAL checked: 5, total valid WAL: 4
                                        missing: 1"""


@pytest.mark.parametrize(
    ("said", "ok", "words"),
    [
        (CLEAN, True, "as it was written"),
        (DAMAGED, False, "2 damaged in the repository, the first is 15-1/0000000100000000/000000010000000000000004"),
        (MISSING, False, "1 files are missing"),
        ("", False, "said nothing"),
        ("ERROR: [055]: unable to open missing file", False, "unable to open missing file"),
    ],
)
def test_only_a_clean_reading_is_ok_whatever_the_exit_code(
    program: dict[str, Any], said: str, ok: bool, words: str
) -> None:
    found = program["judged"](said)
    assert found["ok"] is ok and words in found["said"]
