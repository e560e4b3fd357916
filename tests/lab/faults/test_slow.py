"""A slow line: more delay, jitter and less bandwidth, changed while it carries, without losing a frame."""

from __future__ import annotations

import subprocess

import pytest

from inventory.error import MedcloudError
from lab import faults
from lab.damage import Damage
from lab.line import declared
from lab.scene import Scene
from tests.lab.conftest import Bench, eventually


def test_it_comes_on_top_of_the_lines_own(scene: Scene) -> None:
    line = scene.wiring.lines[0]
    broken = Damage().struck("slow", line.name, {"delay_ms": 20.0, "jitter_ms": 3.0, "bandwidth_mbit": 1.0})
    condition, own = broken.struck("slow", line.path, {"delay_ms": 5.0}).condition(scene, line), declared(line)
    assert condition.delay_ms == pytest.approx(own.delay_ms + 25)
    assert (condition.jitter_ms, condition.bandwidth_mbit) == (own.jitter_ms + 3, 1.0)


def test_a_value_out_of_bounds_is_bad_input() -> None:
    with pytest.raises(MedcloudError, match=r"--delay-ms -1 is not within 0 to 10000"):
        faults.make("slow", {"delay_ms": -1.0})


@pytest.mark.lab
def test_the_far_end_is_further_away(bench: Bench) -> None:
    line = bench.line()
    eventually(lambda: bench.crosses(line))
    bench.lab.strike("slow", line.name, delay_ms=40)
    assert bench.fastest_ms(line) > 80
    bench.lab.heal(line.name)
    assert bench.fastest_ms(line, 20) < 80


@pytest.mark.lab
def test_less_bandwidth_is_less(bench: Bench) -> None:
    line = bench.line()
    eventually(lambda: bench.crosses(line))
    target = bench.address(line.machines[1], line)

    def burst() -> int:
        """How many of 200 frames of 1400 bytes, sent within a second, come back."""
        said = bench.on(line.machines[0], "ping", "-q", "-s", "1372", "-i", "0.005", "-c", "200", "-W", "2", target)
        return int(said.stdout.split(" received")[0].split(",")[-1])

    whole = burst()
    bench.lab.strike("slow", line.name, delay_ms=0, bandwidth_mbit=0.5)
    assert burst() < 130  # 2.2 Mbit/s wanted, 0.5 left, 0.2 s of queue
    bench.lab.heal(line.name)
    assert whole > 190 and burst() > 190


@pytest.mark.lab
def test_the_change_itself_loses_nothing(bench: Bench) -> None:
    line = bench.line()
    eventually(lambda: bench.crosses(line))
    target = bench.address(line.machines[1], line)
    command = bench.command(line.machines[0], "ping", "-q", "-i", "0.01", "-c", "200", target)
    pinging = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for delay in (20, 2, 35, 1):
        bench.lab.strike("slow", line.name, delay_ms=delay)
    bench.lab.heal(line.name)
    said, _ = pinging.communicate(timeout=60)
    assert " 0% packet loss" in said, said
