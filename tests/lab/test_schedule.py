"""A storm's schedule: a pure function of wiring, options and seed, within its limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inventory.error import MedcloudError
from inventory.model import Site
from lab import damage, faults
from lab.fault import Aim
from lab.schedule import Options, Strike, schedule
from lab.wiring import Wiring, plan

LONG = Options(seed=5, minutes=30, gap_s=3)


@pytest.fixture(scope="module")
def wiring(xiamen: Site) -> Wiring:
    return plan(xiamen)


def together(strikes: tuple[Strike, ...], moment: float) -> list[Strike]:
    return [strike for strike in strikes if strike.at_s <= moment < strike.heal_s]


def test_the_same_seed_gives_the_same_storm(wiring: Wiring) -> None:
    assert schedule(wiring, LONG) == schedule(wiring, LONG)
    assert schedule(wiring, LONG) != schedule(wiring, replace(LONG, seed=6))
    assert len(schedule(wiring, LONG)) > 200


@pytest.mark.parametrize("seed", range(5))
def test_the_limits_hold_at_every_moment(wiring: Wiring, seed: int) -> None:
    strikes = schedule(wiring, replace(LONG, seed=seed, most=4, most_down=2, most_apart=1))
    assert max(strike.heal_s for strike in strikes) <= 30 * 60
    assert all(3.9 <= strike.heal_s - strike.at_s <= 30.1 for strike in strikes)
    for strike in strikes:
        now = together(strikes, strike.at_s)
        assert len(now) <= 4
        assert sum(s.kind in ("kill", "pause") for s in now) <= 2
        assert sum(s.kind in ("isolate", "partition") for s in now) <= 1
        assert len({(s.kind, s.target) for s in now}) == len(now)
        dead = {s.target for s in now if s.kind in ("kill", "pause") and s is not strike}
        assert strike.target not in dead  # nothing can be done inside


def test_every_kind_and_only_valid_parameters_come(wiring: Wiring) -> None:
    strikes = schedule(wiring, LONG)
    assert {strike.kind for strike in strikes} == {kind for kind in faults.kinds() if faults.find(kind).by_chance}
    for strike in strikes:
        assert damage.target(wiring, faults.make(strike.kind, strike.params).aim, strike.target) == strike.target


def test_only_and_excluded(wiring: Wiring) -> None:
    strikes = schedule(wiring, replace(LONG, only=("kill", "cut", "partition"), excluded=("gaodian", "mh-fz-telecom")))
    assert {strike.kind for strike in strikes} == {"kill", "cut", "partition"}
    assert not any("gaodian" in strike.target for strike in strikes)
    cut = {strike.target for strike in strikes if strike.kind == "cut"}
    touched = {line.name for line in wiring.lines if cut & {line.name, line.path}}
    assert touched and not any("gd" in name for name in touched) and "mh-fz-telecom" not in touched


def test_what_cannot_be_is_bad_input(wiring: Wiring) -> None:
    with pytest.raises(MedcloudError, match="cannot choose what to corrupt"):
        schedule(wiring, replace(LONG, only=("corrupt",)))
    with pytest.raises(MedcloudError, match="did you mean 'kill'"):
        schedule(wiring, replace(LONG, only=("kil",)))
    with pytest.raises(MedcloudError, match="did you mean 'gaodian'"):
        schedule(wiring, replace(LONG, excluded=("gaodiam",)))
    with pytest.raises(MedcloudError, match="shortest 9 s is more than longest 8 s"):
        schedule(wiring, replace(LONG, shortest_s=9, longest_s=8))
    with pytest.raises(MedcloudError, match="nothing is left"):
        schedule(wiring, replace(LONG, only=("isolate",), excluded=damage.targets(wiring, Aim.PLACE)))
