"""`medcloud status`: rows of literal facts."""

from __future__ import annotations

from datetime import UTC, datetime

from cli.commands.status import _clusters, _hosts, _lines
from monitors.facts import Facts
from monitors.probes.line import LineState
from monitors.reading import Unread

TAKEN = datetime(2026, 1, 1, tzinfo=UTC)


def line(bfd: str) -> LineState:
    return LineState("mh-sp2-telecom", "telecom", "main-hospital", "software-park-2", bfd, "Established", 5.0, 4, "")


def test_a_line_that_is_down_is_named() -> None:
    facts = Facts("s", TAKEN, lines={"edge": (line("up"),), "router": (line("down"),)})
    assert [row[2] for row in _lines(facts)] == ["ok", "DOWN"]
    assert "mh-sp2-telecom: BFD down" in list(_lines(facts))[1][3]


def test_what_was_not_read_is_never_ok() -> None:
    gone = Unread("n", "no route")
    facts = Facts("s", TAKEN, hosts={"n": gone}, clusters={"c": gone}, lines={"l": gone})
    assert {row[2] for rows in (_hosts(facts), _clusters(facts), _lines(facts)) for row in rows} == {"UNREAD"}
