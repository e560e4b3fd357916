"""Backups: how old the last one is, how late the next, and whether everything could be read again."""

from __future__ import annotations

from collections.abc import Iterator

from monitors.facts import Facts
from monitors.probes.backup import BackupState
from monitors.reading import Unread
from monitors.sample import Sample


def collect(facts: Facts) -> Iterator[Sample]:
    """Age, lateness, size and the last verification per database; an age that does not exist has no sample."""
    for state in facts.backups.values():
        if not isinstance(state, Unread):
            yield from _of(state)


def _of(state: BackupState) -> Iterator[Sample]:
    labels = {"system": state.system}
    yield Sample("medcloud_backup_there", "1 when there is a backup at all", float(state.age is not None), labels)
    yield Sample("medcloud_backup_failing", "1 when the repository's last look failed", float(state.failing), labels)
    if state.age is not None and state.overdue is not None:
        yield Sample("medcloud_backup_age_seconds", "Age of the newest backup", state.age, labels)
        yield Sample("medcloud_backup_overdue_seconds", "Time since a backup was due", state.overdue, labels)
        yield Sample("medcloud_backup_stored_bytes", "What the backups take, without logs", state.stored_bytes, labels)
    if state.verified is not None and state.verified_age is not None:
        sound = float(state.verified)
        yield Sample("medcloud_backup_sound", "1 when all was as written at the last reading", sound, labels)
        yield Sample("medcloud_backup_verified_age_seconds", "Age of the last reading", state.verified_age, labels)
