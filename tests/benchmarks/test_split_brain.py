"""Random fault schedules: the same for the same seed, only faults the lab can make; `make split-brain` does them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from benchmarks.light_lab import light_site, seats
from benchmarks.outcome import Outcome, Outcomes, fingerprint, numbers, table
from benchmarks.schedules import Field, schedule
from benchmarks.split_brain import violations
from dr.ledger import judge
from inventory.machines import machines
from inventory.model import Site

GROUND = Field(("software-park-2", "gaodian", "fuzhou"), ("a-node-1", "b-node-1", "c-node-1"), ("line-1", "line-2"))


def test_a_seed_is_a_schedule() -> None:
    assert schedule(7, GROUND) == schedule(7, GROUND) != schedule(8, GROUND)


@pytest.mark.parametrize("seed", range(1, 101))
def test_the_source_is_struck_first_and_nothing_twice(seed: int) -> None:
    plan = schedule(seed, GROUND)
    reason = plan.strikes[0]
    assert reason.at == 0.0 and ("software-park-2" in reason.target or reason.target == "a-node-1")
    assert len({(strike.kind, strike.target) for strike in plan.strikes}) == len(plan.strikes)
    assert all(strike.at < strike.until <= plan.end for strike in plan.strikes) and plan.promote_at < plan.end + 2.5
    killed = {strike.target: strike.at for strike in plan.strikes if strike.kind == "kill"}
    later = [s for s in plan.strikes if s.target in killed and s.kind != "kill" and s.at > killed[s.target]]
    assert later == [], "a machine without power is left alone"


def test_a_hundred_seeds_meet_every_kind_of_fault() -> None:
    kinds = {strike.kind for seed in range(100) for strike in schedule(seed, GROUND).strikes}
    assert kinds == {
        "isolate", "kill", "pause", "numb", "partition", "cut", "blackhole", "slow", "lossy", "flap",
    }  # fmt: skip


def test_the_light_site_is_small_and_has_every_member(xiamen: Site) -> None:
    site = light_site(xiamen)
    assert set(seats(site)) == {"software-park-2", "gaodian", "fuzhou"}
    assert sorted(machine.kind for machine in machines(site)) == [
        "edge", "keeper", "keeper", "node", "node", "node", "router", "router", "router", "workstation",
    ]  # fmt: skip


GOOD = Outcome(1, "kill a", "a", True, 1, 6.2, 900, 0, 0, (), 31.0, answers_lost=2, spent={"take-lease": 1.2}, code="x")


def test_the_table_sums_up() -> None:
    bad = Outcome(2, "cut b", "a", True, 2, 9.0, 100, 3, 0, ("two centres",), 40.0)
    twice = dataclasses.replace(GOOD, doubled=1)
    lost = Outcome.unjudged(3, "could not be judged: the bench is gone")
    assert GOOD.good and not (bad.good or twice.good or lost.good)
    assert "take-lease 1.2 s" in table([GOOD])
    assert table([GOOD, bad, twice, lost]).splitlines()[-1] == (
        "4 schedules: 1 split brains, 3 of 1900 acknowledged rows lost, 1 chains written twice, 3 promoted, "
        "1 not ended, of which 1 not judged"
    )


def test_an_interruption_loses_nothing_and_the_newest_outcome_under_the_code_counts(tmp_path: Path) -> None:
    book = Outcomes(tmp_path / "benches" / "outcomes.jsonl")
    other = dataclasses.replace(GOOD, seed=2, code="older")
    newer = dataclasses.replace(GOOD, violations=("two centres",))
    for outcome in (GOOD, other, newer):
        book.add(outcome)
    assert book.of([2, 1], "x") == [newer] and book.of([1, 2], "older") == [other]
    assert len(fingerprint()) == 10 and Outcomes(tmp_path / "none").of([1], "x") == []


def test_seeds_are_named_as_people_do() -> None:
    assert numbers("7") == [7] and numbers("1,5,9-11") == [1, 5, 9, 10, 11]


def test_two_writers_that_were_served_by_two_centres_at_once_are_a_violation() -> None:
    def row(server: str, mono: float, timeline: int) -> judge.RowAck:
        return judge.RowAck(int(mono), "order", mono, mono, server, timeline, f"0/{int(mono):X}", mono)

    books = {
        name: judge.Ledger((), (), (), 0, tuple(row(server, mono, timeline) for mono in (1.0, 9.0)))
        for name, server, timeline in (("ward", "10.1.0.1", 1), ("b", "10.2.0.1", 2))
    }
    centres = {"10.1.0.1": "a", "10.2.0.1": "b"}
    assert any("both acknowledged" in text for text in violations(books, centres))
    assert violations({"ward": books["ward"]}, centres) == ()
