"""The whole site's bare lab for real: its machines, their disks, its images."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.lab.bench import Bench

pytestmark = pytest.mark.lab

NODE = "software-park-2-node-1"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    found = Bench("labtest", "xiamen", tmp_path_factory.mktemp("state"))
    try:
        found.run("up")
        yield found
    finally:
        found.run("down")


def test_the_site_is_up_within_half_a_minute(bench: Bench) -> None:
    bench.run("down")  # with what `up` built or found in the cache
    begin = time.monotonic()
    told = bench.run("up")["seconds"]
    assert time.monotonic() - begin < 30
    assert 0 < told["first SSH"] <= told["last SSH"] < 30


def test_every_machine_is_a_machine(bench: Bench) -> None:
    status = bench.lab.status()
    assert status.up

    def check(name: str) -> None:
        said = bench.ssh(name, "hostname; cat /proc/1/comm; systemctl is-system-running --wait")
        assert said.stdout.split() == [name, "systemd", "running"], said

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(check, [machine.name for machine in status.machines]))


def test_status_tells_what_the_lab_takes(bench: Bench) -> None:
    found = bench.run("status")
    for key in ("memory_mb", "disk_mb"):
        assert found[key] == sum(machine[key] for machine in found["machines"])
        assert all(0 < machine[key] < 100 for machine in found["machines"]), found["machines"]


def test_up_again_changes_nothing(bench: Bench) -> None:
    before, keys = bench.pids(), (bench.state / "ssh/known_hosts").read_text()
    bench.run("up")
    assert bench.pids() == before
    assert (bench.state / "ssh/known_hosts").read_text() == keys


_WRITE = """set -e; truncate -s 32M /root/labtest.img; mkfs.ext4 -q /root/labtest.img
losetup -f /root/labtest.img; mount $(losetup -j /root/labtest.img | cut -d: -f1) /mnt
for folder in /mnt /root; do echo kept > $folder/kept; sync $folder/kept; echo lost > $folder/lost; done"""
_READ = "cat /root/kept /root/lost; mount -o loop /root/labtest.img /mnt; cd /mnt; cat kept lost"


def test_a_power_cut_loses_what_was_not_on_the_disk(bench: Bench) -> None:
    said = bench.ssh(NODE, _WRITE)
    assert said.returncode == 0, said.stderr
    assert any("labtest.img" in loop for loop in _loops())
    bench.run("kill", NODE)
    assert not any("labtest.img" in loop or f"{bench.state}/lab/machines/{NODE}" in loop for loop in _loops())
    bench.run("heal")
    assert bench.ssh(NODE, _READ).stdout.split() == ["kept", "kept"]


def _loops() -> list[str]:
    return [path.read_text().strip() for path in Path("/sys/block").glob("loop*/loop/backing_file")]


def test_a_disk_can_become_full(bench: Bench) -> None:
    edge = next(machine.name for machine in bench.lab.machines if machine.machine.kind == "edge")
    said = bench.ssh(edge, "fallocate -l 3G /root/big; rm -f /root/big; df --output=size -B1 / | tail -1")
    assert "No space left on device" in said.stderr
    assert 1_800_000_000 < int(said.stdout) < 2_000_000_000


def test_a_killed_image_build_publishes_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.run("down")
    words = [str(tmp_path) if word.endswith(".cache/medcloud") else word for word in bench.words("up")]
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    work = tmp_path / "images" / f".{bench.name}+base" / "root"
    deadline = time.monotonic() + 60
    while not (work / "var").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert work.exists()
    words[words.index("up")] = "down"
    subprocess.run(words, check=True, capture_output=True)
    assert [path.name for path in (tmp_path / "images").iterdir() if path.is_dir()] == []
