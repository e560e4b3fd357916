"""A machine without power: no process, no carrier, no kernel that forwards for the dead; its disk stays."""

from __future__ import annotations

import pytest

from lab.damage import Damage
from lab.scene import Scene
from lab.state import LabFolder
from tests.lab.conftest import HERE, THERE, Bench, eventually


def test_its_lines_lose_their_carrier_and_nobody_asks_it(scene: Scene) -> None:
    line = scene.wiring.lines[0]
    broken = Damage().struck("kill", line.machines[0], {})
    assert broken.condition(scene, line).word == "cut"
    assert broken.powerless == {line.machines[0]}
    dead, other = (scene.wiring.machine(name) for name in line.machines)
    assert broken.silences(dead) and not broken.silences(other)


@pytest.mark.lab
def test_it_comes_back_with_its_disk_only(bench: Bench) -> None:
    line = bench.line()
    victim, watcher = bench.end(line, THERE), bench.end(line, HERE)
    end = line.machines.index(watcher)
    assert bench.ssh(victim, "echo kept > /root/kept; sync; ip addr add 172.31.8.1/32 dev lo").returncode == 0
    bench.lab.strike("kill", victim)
    assert not bench.carrier(line, end)
    assert not bench.answers(victim)
    assert bench.sentences() == [f"{victim} has no power"]
    bench.lab.up()
    assert not bench.answers(victim)
    bench.lab.heal(victim)
    eventually(lambda: bench.ssh(victim, "true").returncode == 0)
    said = bench.ssh(victim, "cat /root/kept; ip -br addr show lo").stdout
    assert "kept" in said and "172.31.8.1" not in said  # what only the kernel knew died with the power
    bench.wire()
    assert bench.carrier(line, end)
    eventually(lambda: bench.crosses(line))


@pytest.mark.lab
def test_a_kill_that_was_killed_half_way_is_finished_before_healing(bench: Bench) -> None:
    """What SIGKILL of the command may leave: the fault is written down, the disk is gone, the processes run on."""
    victim = bench.first(THERE, "node")
    machine = next(m for m in bench.lab.machines if m.name == victim)
    folder = LabFolder(bench.state / "lab")
    folder.remember(Damage(folder.faults()).struck("kill", victim, {}).records)
    machine.disk.cut_power()
    assert machine.running
    bench.lab.heal(victim)
    eventually(lambda: bench.ssh(victim, "touch /root/alive && sync").returncode == 0)
