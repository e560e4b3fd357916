"""The checker on literal books: what a split brain leaves behind is found, what is whole is not accused."""

from __future__ import annotations

import pytest

from dr.checker import Held, Reign, check, leases_of
from dr.ledger.judge import RowAck

A, B = "10.21.20.10", "10.22.20.10"
CENTRES = {A: "software-park-2", B: "gaodian"}


def row(mono: float, server: str, timeline: int, lsn: int = 0, of: str = "order", sent: float | None = None) -> RowAck:
    asked = mono if sent is None else sent
    return RowAck(int(mono * 10), of, 1000.0 + mono, mono, server, timeline, f"0/{lsn or int(mono * 100):X}", asked)


def test_an_answer_that_may_have_been_given_in_time_accuses_nobody() -> None:
    """A ward that was frozen between question and answer reads the old server's answer late."""
    frozen = [row(1, A, 1), row(5, B, 2), row(6, B, 2), row(6.5, A, 1, of="published", sent=2)]
    assert check(frozen, CENTRES).violations == ()
    assert check([*frozen, row(6.6, A, 1, of="published", sent=5.5)], CENTRES).violations != ()


def test_one_master_after_the_other() -> None:
    report = check([row(1, A, 1), row(2, A, 1), row(9, B, 2), row(10, B, 2), row(20, A, 3)], CENTRES)
    assert report.violations == () and report.acknowledged == 5
    assert report.reigns == (
        Reign("software-park-2", 1, 1, 2, 2),
        Reign("gaodian", 2, 9, 10, 2),
        Reign("software-park-2", 3, 20, 20, 1),
    )


def test_two_centres_at_once() -> None:
    report = check([row(1, A, 1), row(2, B, 2), row(3, A, 1), row(4, B, 2)], CENTRES)
    assert report.violations[0] == (
        "software-park-2 (timeline 1) and gaodian (timeline 2) both acknowledged writes during 1.000 s from 2.000"
    )
    assert any("on timeline 1 at 3.000, after timeline 2" in violation for violation in report.violations)


def test_one_late_acknowledgement_is_enough() -> None:
    late = [row(1, A, 1), row(5, B, 2), row(6, B, 2), row(6.5, A, 1)]
    assert len(check(late, CENTRES).violations) == 2


def test_a_fork_that_both_number_alike() -> None:
    report = check([row(1, A, 2), row(5, B, 2)], CENTRES)
    assert report.violations == ("timeline 2 was used by software-park-2 and by gaodian",)


def test_a_log_that_goes_back_on_its_own_timeline() -> None:
    report = check([row(1, A, 1, 0x90), row(2, A, 1, 0x80)], CENTRES)
    assert report.violations == ("the log of timeline 1 went back from 0/90 to 0/80",)


def test_writers_that_work_side_by_side_are_not_compared() -> None:
    report = check([row(1, A, 1, 0x90), row(2, A, 1, 0x80, "published"), row(3, A, 1, 0x85, "consumed")], CENTRES)
    assert report.violations == ()


def test_a_log_position_is_a_number_not_a_text() -> None:
    first, second = row(1, A, 1), row(2, A, 1)
    rows = [
        first.__class__(**{**first.__dict__, "lsn": "0/FFFFFFF0"}),
        first.__class__(**{**second.__dict__, "lsn": "1/10"}),
    ]
    assert check(rows, CENTRES).violations == ()


HELD = (Held(1000.0, "his-database", "software-park-2", 2), Held(1008.0, "his-database", "gaodian", 4))


def test_an_acknowledgement_without_the_lease() -> None:
    rows = [row(1, A, 1), row(12, A, 1)]
    assert check(rows, CENTRES, HELD).violations == (
        "software-park-2 acknowledged 4.0 s after token 4 went to gaodian",
    )


def test_clocks_that_differ_a_little_accuse_nobody() -> None:
    assert check([row(1, A, 1), row(7.5, B, 2), row(8.5, B, 2)], CENTRES, HELD).violations == ()


@pytest.mark.parametrize("token", [3, 4])
def test_a_token_that_does_not_grow(token: int) -> None:
    held = (HELD[1], Held(1020.0, "his-database", "fuzhou", token))
    assert any("token" in violation for violation in check([], CENTRES, held).violations)


def test_a_server_nobody_knows_is_a_centre_of_its_own() -> None:
    assert len(check([row(1, A, 1), row(2, "10.9.9.9", 1), row(3, A, 1)], CENTRES).violations) == 2


def test_leases_come_from_the_journal() -> None:
    evidence = {"system": "his-database", "holder": "gaodian", "token": 4, "proof": "fenced"}
    lines = [
        {"event": "run", "at": "2026-11-22T00:00:00+00:00"},
        {"event": "step", "state": "started", "step": "take-lease", "at": "2026-11-22T00:00:01+00:00"},
        {"event": "step", "state": "done", "at": "2026-11-22T00:00:02+00:00", "evidence": evidence},
        {
            "event": "step",
            "state": "done",
            "at": "2026-11-22T00:00:03+00:00",
            "evidence": evidence | {"system": "pacs"},
        },
    ]
    (held,) = leases_of(lines, "his-database")
    assert (held.centre, held.token) == ("gaodian", 4) and held.wall == pytest.approx(1795305602.0)
