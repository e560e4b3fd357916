"""Random fault schedules: the same for the same seed, only faults the lab can make; `make split-brain` does them."""

from __future__ import annotations

import pytest

from benchmarks.light_lab import light_site, seats
from benchmarks.schedules import Field, schedule
from benchmarks.split_brain import Outcome, table
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
        "edge", "node", "node", "node", "router", "router", "router", "workstation",
    ]  # fmt: skip


def test_the_table_sums_up() -> None:
    good = Outcome(1, "kill a", "a", True, 1, 6.2, 900, 0, 0, (), 31.0)
    bad = Outcome(2, "cut b", "a", True, 2, 9.0, 100, 3, 0, ("two centres",), 40.0)
    assert good.good and not bad.good
    assert table([good, bad]).splitlines()[-1] == (
        "2 schedules: 1 split brains, 3 of 1000 acknowledged rows lost, 2 promoted"
    )
