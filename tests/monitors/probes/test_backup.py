"""The state of backups from what the repository says (shape as pgBackRest 2.45 prints it)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from monitors.probes import backup
from monitors.ssh import Completed

STATUS = (Path(__file__).parents[1] / "captured" / "backup-status.json").read_text(encoding="utf-8")


def test_ages_are_by_the_repositorys_own_clock():
    state = backup.parse("his-database", STATUS, every=100.0)
    assert (state.label, state.age, state.full_age) == ("20261122-203504F_20261122-203700D", 178.0, 292.0)
    assert (state.size_bytes, state.stored_bytes, state.encrypted) == (23_000_000, 2_846_824, True)
    assert (state.verified, state.verified_age, state.overdue, state.failing) == (True, 100.0, 78.0, False)
    assert state.log_until == "000000010000000000000005"


def test_no_backup_and_no_reading_are_not_a_zero():
    told = json.loads(STATUS)
    info = {"status": {"code": 1, "message": "missing stanza path"}, "backup": []}
    told["his-database"] |= {"info": info, "verified": None, "unit": "failed"}
    state = backup.parse("his-database", json.dumps(told))
    assert (state.age, state.overdue, state.verified, state.verified_age) == (None, None, None, None)
    assert state.failing


def test_a_repository_that_says_nothing_is_unread():
    class Shell:
        def run(self, host, command, input=None, timeout=30.0):
            return Completed(0, "{}", "")

    with pytest.raises(MedcloudError, match="says nothing of his-database"):
        backup.read(Shell(), "10.88.3.6", "his-database", 60.0)
