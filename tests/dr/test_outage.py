from __future__ import annotations

from dr.outage import Share, shares


def at(second: float) -> str:
    return f"2026-11-22T10:00:{second:06.3f}+00:00"


def named(*found: Share) -> dict[str, float]:
    return {share.name: share.seconds for share in found}


def test_every_second_of_the_gap_has_its_step() -> None:
    ends = [("fence-centre", at(12.5)), ("detect-outage", at(12)), ("start-ledger", at(9)), ("promote", at(15))]
    assert named(*shares(ends, at(10), at(15.4))) == {
        "detect-outage": 2.0, "fence-centre": 0.5, "promote": 2.5, "first transaction": 0.4,
    }  # fmt: skip


def test_a_step_that_ends_after_the_gap_has_only_its_part_of_it() -> None:
    ends = [("promote", at(12)), ("move-service-address", at(20)), ("verify", at(30))]
    found = shares(ends, at(10), at(13))
    assert named(*found) == {"promote": 2.0, "move-service-address": 1.0}
    assert sum(share.seconds for share in found) == 3.0


def test_a_gap_without_steps_is_all_the_first_transaction() -> None:
    assert named(*shares([], at(1), at(3))) == {"first transaction": 2.0}
