"""A cut line has no carrier at either end; a cut conduit takes every line in it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest

from lab.damage import Damage
from lab.line import declared
from lab.scene import Scene
from tests.lab.conftest import Bench, eventually


def test_a_conduit_takes_every_line_in_it(scene: Scene) -> None:
    one, two, other = (replace(line, path=path) for line, path in zip(scene.wiring.lines, "xxy", strict=False))
    broken = Damage().struck("cut", "x", {})
    assert [broken.condition(scene, line).word for line in (one, two, other)] == ["cut", "cut", "up"]
    assert broken.healing("x", None).condition(scene, one) == declared(one)


@pytest.mark.lab
def test_both_ends_see_it_and_its_end(bench: Bench) -> None:
    line = bench.line()
    eventually(lambda: bench.crosses(line))
    done = subprocess.run([*bench.words("cut", line.name), "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [fault["sentence"] for fault in json.loads(done.stdout)["faults"]] == [f"{line.name} is cut"]
    assert (bench.carrier(line, 0), bench.carrier(line, 1), bench.crosses(line)) == (False, False, False)
    bench.lab.up()  # bringing up what is missing is not healing
    assert not bench.carrier(line)
    bench.lab.heal(line.name)
    assert bench.carrier(line, 0) and bench.carrier(line, 1)
    eventually(lambda: bench.crosses(line))


@pytest.mark.lab
def test_several_hold_at_once_and_are_healed_one_by_one(bench: Bench) -> None:
    line = bench.line()
    bench.lab.strike("cut", line.name)
    bench.lab.strike("cut", line.path)
    bench.lab.strike("slow", line.name, delay_ms=30)
    bench.lab.heal(line.name, "cut")
    assert not bench.carrier(line)
    bench.lab.heal(line.path)
    assert bench.carrier(line)
    eventually(lambda: bench.crosses(line))
    assert bench.fastest_ms(line) > 60
    bench.lab.heal()
    assert bench.sentences() == []
    assert bench.fastest_ms(line, 20) < 60
