"""A lossy line loses its share of frames."""

from __future__ import annotations

import pytest

from lab.damage import Damage
from lab.scene import Scene
from tests.lab.conftest import Bench, eventually


def test_losses_add_up_as_chances_do(scene: Scene) -> None:
    line = scene.wiring.lines[0]
    broken = Damage().struck("lossy", line.name, {"percent": 50.0}).struck("lossy", line.path, {"percent": 50.0})
    assert broken.condition(scene, line).loss == pytest.approx(0.75)


@pytest.mark.lab
def test_a_share_of_the_frames_is_lost(bench: Bench) -> None:
    line = bench.line()
    eventually(lambda: bench.crosses(line))
    target = bench.address(line.machines[1], line)

    def lost() -> int:
        said = bench.on(line.machines[0], "ping", "-q", "-i", "0.01", "-c", "200", "-W", "1", target).stdout
        return 200 - int(said.split(" received")[0].split(",")[-1])

    bench.lab.strike("lossy", line.name, percent=30)
    assert 60 <= lost() <= 150  # there and back: 51 % are expected to be lost, which is 102
    assert bench.carrier(line)
    bench.lab.heal(line.name)
    assert lost() <= 4
