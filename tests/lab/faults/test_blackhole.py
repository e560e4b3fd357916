"""A blackholed line keeps its carrier and swallows frames, on the ways it is told."""

from __future__ import annotations

import pytest

from inventory.error import MedcloudError
from lab import faults
from lab.damage import Damage
from lab.scene import Scene
from tests.lab.conftest import Bench, eventually


def test_one_way_or_both(scene: Scene) -> None:
    line = scene.wiring.lines[0]
    for way, swallowed in (("both", (True, True)), ("from-first", (True, False)), ("from-second", (False, True))):
        assert Damage().struck("blackhole", line.name, {"way": way}).condition(scene, line).swallow == swallowed
    with pytest.raises(MedcloudError, match="none of both, from-first, from-second"):
        faults.make("blackhole", {"way": "up"})


def _received(bench: Bench, machine: str, interface: str) -> int:
    said = bench.on(machine, "cat", f"/sys/class/net/{interface}/statistics/rx_packets").stdout
    return int(said)


@pytest.mark.lab
def test_only_silence_is_seen(bench: Bench) -> None:
    line = bench.line()
    eventually(lambda: bench.crosses(line))
    bench.lab.strike("blackhole", line.name)
    assert bench.carrier(line, 0) and bench.carrier(line, 1)
    assert not bench.crosses(line)
    bench.lab.heal(line.name, "blackhole")
    eventually(lambda: bench.crosses(line))


@pytest.mark.lab
def test_one_way_lets_the_other_pass(bench: Bench) -> None:
    line = bench.line()
    eventually(lambda: bench.crosses(line))
    bench.lab.strike("blackhole", line.name, way="from-second")
    before = _received(bench, line.machines[1], line.name), _received(bench, line.machines[0], line.name)
    assert not bench.crosses(line)
    after = _received(bench, line.machines[1], line.name), _received(bench, line.machines[0], line.name)
    assert after[0] > before[0]  # the question arrived
    assert after[1] == before[1]  # nothing came back
