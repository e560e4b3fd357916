"""The drill that all tools of `make bench-dr` run: N systems, a chain of steps each, a common begin and end."""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping
from pathlib import Path

from benchmarks import simulation
from dr.plan import Mode, Plan, StepCall

BEGIN = ("detect-outage", "fence-centre")
CHAIN = ("promote-database", "start-instances", "move-service-address")
END = "verify-transactions"
_USUAL = {"detect-outage": 1.0, "fence-centre": 1.5, "verify-transactions": 1.0}  # seconds, as measured in the lab
_SPREAD = {"promote-database": (1.5, 4.5), "start-instances": (2.0, 8.0), "move-service-address": (0.5, 1.5)}


def durations(systems: int, seed: int = simulation.PUBLIC_SEED) -> dict[str, float]:
    """Seconds of every call, drawn from the seed."""
    dice = random.Random(seed)
    chains = {f"{step}-{n}": round(dice.uniform(*_SPREAD[step]), 3) for n in range(systems) for step in CHAIN}
    return _USUAL | chains


def plan(systems: int, world: Path) -> Plan:
    """The plan with simulated steps that wait as long as `durations` says."""
    seconds = durations(systems)
    chains = [(f"{step}-{n}", _before(step, n)) for n in range(systems) for step in CHAIN]
    last = tuple(f"{CHAIN[-1]}-{n}" for n in range(systems))
    calls = [(BEGIN[0], ()), (BEGIN[1], (BEGIN[0],)), *chains, (END, last)]
    steps = tuple(StepCall(name=name, step="any", params={}, after=after) for name, after in calls)
    whole = Plan(name="bench", mode=Mode.UNPLANNED, source="a", target="b", moved=(), left_out=(), steps=steps)
    return simulation.simulated(whole, world, lambda name: seconds[name])


def _before(step: str, number: int) -> tuple[str, ...]:
    place = CHAIN.index(step)
    return (BEGIN[-1],) if place == 0 else (f"{CHAIN[place - 1]}-{number}",)


def ideal(systems: int, lanes: int) -> float:
    """Seconds of an engine that costs nothing: the critical path, or where systems outnumber the lanes a perfect use
    of these (each free lane takes the call that has been ready for longest)."""
    seconds = durations(systems)
    begin = sum(seconds[name] for name in BEGIN)
    return begin + _lanes_used(seconds, systems, lanes) + seconds[END]


def _lanes_used(seconds: Mapping[str, float], systems: int, lanes: int) -> float:
    ready = [(0.0, number, 0) for number in range(systems)]  # since when, system, place in its chain
    heapq.heapify(ready)
    free = [0.0] * lanes
    end = 0.0
    while ready:
        since, number, place = heapq.heappop(ready)
        start = max(since, heapq.heappop(free))
        done = start + seconds[f"{CHAIN[place]}-{number}"]
        heapq.heappush(free, done)
        end = max(end, done)
        if place + 1 < len(CHAIN):
            heapq.heappush(ready, (done, number, place + 1))
    return end
