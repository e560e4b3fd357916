"""An isolated place is silent for everybody, operators too; nothing tells the far ends."""

from __future__ import annotations

import pytest

from lab.damage import Damage
from lab.scene import Scene
from tests.lab.conftest import HERE, THERE, THIRD, Bench, eventually


def test_all_its_lines_and_only_its(scene: Scene) -> None:
    broken = Damage().struck("isolate", THERE, {})
    words = {line.name: broken.condition(scene, line).word for line in scene.wiring.lines}
    assert set(words.values()) == {"silent", "up"}
    assert all((words[line.name] == "silent") == (THERE in line.places) for line in scene.wiring.lines)


@pytest.mark.lab
def test_nobody_reaches_it_until_it_is_healed(bench: Bench) -> None:
    line, other = bench.line(HERE, THERE), bench.line(HERE, THIRD)
    node = bench.first(THERE, "node")
    eventually(lambda: bench.crosses(line) and bench.crosses(other))
    bench.lab.strike("isolate", THERE)
    assert bench.carrier(line, 0) and bench.carrier(line, 1)
    assert not bench.crosses(line)
    assert not bench.answers(node)
    assert bench.crosses(other)
    bench.lab.up()
    assert not bench.answers(node)
    bench.lab.heal(THERE)
    eventually(lambda: bench.crosses(line))
    eventually(lambda: bench.ssh(node, "true").returncode == 0)
