"""A frozen machine runs nothing, and still answers ping."""

from __future__ import annotations

import pytest

from inventory.error import MedcloudError
from lab import faults
from tests.lab.conftest import THERE, Bench, eventually

# In a group of its own below the machine's: the longest time in seconds for which it did not run.
_CLOCK = """
mkdir -p /sys/fs/cgroup/deep/deeper; echo $$ > /sys/fs/cgroup/deep/deeper/cgroup.procs; last=$SECONDS; longest=0
while :; do
  now=$SECONDS; gap=$((now - last)); last=$now
  [ $gap -le $longest ] || longest=$gap; echo $longest > /root/gap; sleep 0.05
done
"""


def test_it_says_that_the_kernel_goes_on() -> None:
    assert "still answers ping" in faults.make("pause", {}).sentence("m")


@pytest.mark.lab
def test_others_get_no_answer_but_from_the_kernel(bench: Bench) -> None:
    victim, watcher = bench.first(THERE, "node"), bench.first(THERE, "router")
    assert bench.ssh(victim, f"nohup bash -c '{_CLOCK}' >/dev/null 2>&1 &").returncode == 0
    eventually(lambda: bench.ssh(victim, "cat /root/gap").returncode == 0)
    bench.lab.strike("pause", victim)
    assert bench.pings(watcher, bench.management(victim))
    assert bench.ssh(victim, "true").returncode != 0
    bench.lab.up()  # does not wait for it
    assert bench.lab.status().up
    bench.lab.heal(victim)
    eventually(lambda: int(bench.ssh(victim, "cat /root/gap").stdout or 0) >= 2)
    assert bench.ssh(victim, "true").returncode == 0


@pytest.mark.lab
def test_a_frozen_machine_can_still_lose_its_power(bench: Bench) -> None:
    victim = bench.first(THERE, "node")
    bench.lab.strike("pause", victim)
    bench.lab.strike("kill", victim)
    assert not bench.answers(victim)
    with pytest.raises(MedcloudError, match="has no power"):
        bench.lab.strike("pause", victim)
    bench.lab.heal(victim, "kill")
    assert bench.ssh(victim, "true").returncode != 0  # the other fault still holds
    bench.lab.heal(victim)
    eventually(lambda: bench.ssh(victim, "true").returncode == 0)
