"""The program that tells a Patroni member whether it may be synchronous, on real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from dr.doors.programs.retag import changed, retag

CONFIG = """scope: his-database
tags:
  nofailover: true
  nosync: true
  replicatefrom: his-database-gaodian-1
watchdog: { mode: 'off' }
"""


@pytest.mark.parametrize(
    ("role", "tags"),
    [
        ("chosen", "tags:\n  nofailover: false\nwatchdog"),
        ("other", "tags:\n  nosync: true\n  nofailover: true\n  replicatefrom: his-database-gaodian-1\nwatchdog"),
    ],
)
def test_only_the_tags_change(role: str, tags: str) -> None:
    text = changed(CONFIG, role)
    assert tags in text and text.startswith("scope: his-database\n") and text.endswith("watchdog: { mode: 'off' }\n")


def test_what_was_declared_comes_back_byte_for_byte_however_often_it_was_changed(tmp_path: Path) -> None:
    path = tmp_path / "config.yml"
    path.write_text(CONFIG)
    for role in ("other", "chosen", "chosen"):
        retag(role, tmp_path)
    assert (tmp_path / "config.yml.chosen").read_text() == "chosen"
    assert path.stat().st_mode & 0o777 == 0o600, "it holds passwords"
    for _ in range(2):
        retag("declared", tmp_path)
    assert path.read_text() == CONFIG and list(tmp_path.iterdir()) == [path]
