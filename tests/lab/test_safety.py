"""What a lab must never do to its host: leave something, touch something, be confused with another lab."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import process
from lab.builder import greets
from tests.lab.bench import Bench, Host, small_site

pytestmark = pytest.mark.lab

NODE, OTHER_NODE = "software-park-2-node-1", "gaodian-node-1"
_SEED = 20261122
_NESTED = """set -e; truncate -s 24M /root/safetest.img; mkfs.ext4 -q /root/safetest.img; mkdir -p /mnt/disk
mount -o loop /root/safetest.img /mnt/disk; truncate -s 1M /mnt/disk/safetest-inner.img
losetup -f /mnt/disk/safetest-inner.img"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Two centres and the lines between them, not up."""
    folder = small_site(tmp_path_factory.mktemp("site") / "small", ["software-park-2", "gaodian"], [])
    found = Bench("safetest", folder, tmp_path_factory.mktemp("state"))
    try:
        yield found
    finally:
        found.run("down")


@pytest.fixture(scope="module")
def times(bench: Bench) -> tuple[float, float]:
    """How long `up` and `down` take here and now."""
    return bench.timed("up"), bench.timed("down")


def test_up_and_down_leave_the_host_as_it_was(bench: Bench) -> None:
    host = Host(bench)
    bench.run("down")
    before = host.now()
    bench.run("up")
    assert bench.ssh(NODE, _NESTED).returncode == 0
    kinds = {item.split()[0].rstrip("0123456789") for item in host.now() - before}
    assert kinds == {"netns", "mount", "group", "loop", "process"}
    bench.run("down")
    assert host.settled(before) == set()
    assert not (bench.state / "lab").exists()


def _moments(count: int, longest: float, seed: int) -> list[float]:
    """Seconds after the start of a command, the same for every run with one seed but for the speed of the host."""
    luck = random.Random(seed)
    return sorted(0.3 + luck.random() * (longest - 0.3) for _ in range(count))


def test_up_killed_at_random_moments_leaves_nothing_after_down(bench: Bench, times: tuple[float, float]) -> None:
    host = Host(bench)
    bench.run("down")
    before = host.now()
    for moment in _moments(12, times[0], _SEED):
        bench.killed(moment, "up")
        bench.run("down")
        assert host.settled(before) == set(), f"after {moment:.2f} s of up"


def test_down_killed_at_random_moments_leaves_nothing_after_down(bench: Bench, times: tuple[float, float]) -> None:
    host = Host(bench)
    bench.run("down")
    before = host.now()
    for moment in _moments(8, times[1], _SEED + 1):
        bench.run("up")
        assert bench.ssh(NODE, _NESTED).returncode == 0
        bench.killed(moment, "down")
        bench.run("down")
        assert host.settled(before) == set(), f"after {moment:.2f} s of down"


def test_up_after_any_death_is_whole(bench: Bench, times: tuple[float, float]) -> None:
    for moment in _moments(2, times[0], _SEED + 2):
        bench.killed(moment, "up")
    bench.killed(times[1] / 2, "down")
    assert bench.run("up")["up"] is True
    for node in (NODE, OTHER_NODE):
        assert bench.ssh(node, "hostname").stdout.strip() == node


def test_a_lost_disk_is_told_and_not_replaced(bench: Bench) -> None:
    bench.run("up")
    bench.run("kill", NODE)
    image = next(machine.disk.image for machine in bench.lab.machines if machine.name == NODE)
    image.rename(image.with_name("away"))
    done = subprocess.run(bench.words("heal"), capture_output=True, text=True)
    assert (done.returncode, "which is gone" in done.stderr) == (1, True), done.stderr
    image.with_name("away").rename(image)
    bench.run("heal")
    assert bench.ssh(NODE, "hostname").stdout.strip() == NODE


def test_two_labs_live_side_by_side(bench: Bench, tmp_path: Path) -> None:
    twin = Bench("safetest-b", bench.folder, tmp_path)
    bench.run("up")
    try:
        twin.run("up")
        pids = bench.pids()
        for lab in (bench, twin):
            assert lab.ssh(NODE, f"echo {lab.name} > /root/whose").returncode == 0
        assert bench.ssh(NODE, "cat /root/whose; cat /etc/machine-id").stdout.split()[0] == bench.name
        assert len({lab.ssh(NODE, "cat /etc/machine-id").stdout for lab in (bench, twin)}) == 2
        assert not greets(bench.address(NODE))  # the host itself sees neither
        twin.run("kill", NODE)
        twin.run("down")
        assert bench.pids() == pids
        assert bench.run("status")["up"] is True
        assert bench.ssh(NODE, "cat /root/whose").stdout.strip() == bench.name
    finally:
        twin.run("down")
    assert not [item for item in Host(twin).now() if "safetest-b" in item]


def test_a_stranger_with_a_dead_machines_pid_is_left_alone(bench: Bench) -> None:
    bench.run("up")
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        record = bench.lab.machines[0].folder / "init.json"
        known = process.Recorded.read(record)
        assert known is not None
        record.write_text(json.dumps({"pid": stranger.pid, "start": known.start}))
        assert process.Recorded.read(record).signal(signal.SIGTERM) is False  # type: ignore[union-attr]
        assert bench.pids()[bench.lab.machines[0].name] is None
        bench.run("down")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
