"""Backups as figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from monitors.metrics import backup
from monitors.probes.backup import parse
from monitors.reading import Unread

STATUS = (Path(__file__).parents[1] / "captured" / "backup-status.json").read_text(encoding="utf-8")


def test_age_lateness_and_the_last_reading(facts, values):
    state = parse("his-database", STATUS, every=100.0)
    found = values(backup.collect(replace(facts, backups={"his-database": state, "other": Unread("other", "dark")})))
    assert found["medcloud_backup_age_seconds", "his-database"] == 178.0
    assert found["medcloud_backup_overdue_seconds", "his-database"] == 78.0
    assert found["medcloud_backup_sound", "his-database"] == 1.0
    assert not any("other" in key for key in found)


def test_a_backup_that_is_not_there_has_no_age(facts, values):
    state = replace(parse("his-database", STATUS), age=None, verified=None, verified_age=None)
    found = values(backup.collect(replace(facts, backups={"his-database": state})))
    assert found["medcloud_backup_there", "his-database"] == 0.0
    assert not {"medcloud_backup_age_seconds", "medcloud_backup_sound"} & {key[0] for key in found}
