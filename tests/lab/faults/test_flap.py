"""A flapping line goes down and up in its rhythm, without a command that drives it."""

from __future__ import annotations

import time

import pytest

from lab.condition import Flap
from lab.damage import Damage
from lab.scene import Scene
from tests.lab.conftest import Bench, eventually


def test_a_conduit_and_a_line_flap_independently(scene: Scene) -> None:
    line = scene.wiring.lines[0]
    broken = Damage().struck("flap", line.name, {}).struck("flap", line.path, {"period_s": 5.0, "silent": True})
    condition = broken.condition(scene, line)
    assert condition.flaps == (Flap(2.0, 0.5), Flap(5.0, 0.5, silent=True))
    assert condition.word == "flapping"


def _changes(bench: Bench, seconds: float) -> list[bool]:
    """What the carrier of the line was, each time it changed."""
    line, seen = bench.line(), []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = bench.carrier(line, 1)
        if not seen or seen[-1] != now:
            seen.append(now)
    return seen


@pytest.mark.lab
def test_the_far_end_sees_it_fall_again_and_again(bench: Bench) -> None:
    line = bench.line()
    bench.lab.strike("flap", line.name, period_s=0.6, duty=0.5)
    assert len(_changes(bench, 3.0)) >= 6  # ten in three seconds, fewer where the host is busy
    assert bench.lab.status().lines[0].state == "flapping"
    bench.lab.heal(line.name)
    assert bench.carrier(line, 1)
    assert _changes(bench, 1.3) == [True]
    eventually(lambda: bench.crosses(line))


@pytest.mark.lab
def test_a_silent_flap_keeps_the_carrier(bench: Bench) -> None:
    line = bench.line()
    eventually(lambda: bench.crosses(line))
    bench.lab.strike("flap", line.name, period_s=1.0, duty=0.5, silent=True)
    target = bench.address(line.machines[1], line)
    said = bench.on(line.machines[0], "ping", "-i", "0.05", "-c", "60", "-W", "1", target).stdout
    received = int(said.split(" received")[0].split(",")[-1])
    assert 10 <= received <= 50  # half of them
    assert _changes(bench, 1.5) == [True]
