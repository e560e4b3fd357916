"""Finding the lab's own processes again, whatever became of who started them."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Site
from lab import kernel, process
from lab.boot import BootSpec, start_ticks
from lab.cgroups import Cell, Hierarchy, hierarchies, v1_controllers
from lab.keys import Keys

MOUNTS = """cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
"""


def test_trees_are_read_from_the_mounts() -> None:
    found = hierarchies(MOUNTS)
    assert [str(tree.root) for tree in found] == [
        "/sys/fs/cgroup/cpu",
        "/sys/fs/cgroup/memory",
        "/sys/fs/cgroup/unified",
    ]
    assert v1_controllers(found) == ("cpu,cpuacct", "memory")


def test_a_record_is_of_one_process_only(tmp_path: Path) -> None:
    process.record(tmp_path / "p.json", os.getpid())
    known = process.Recorded.read(tmp_path / "p.json")
    assert known is not None
    assert known.alive
    assert not process.Recorded(os.getpid(), start_ticks(os.getpid()) + 1).alive
    assert process.Recorded.read(tmp_path / "none.json") is None


def test_a_signal_reaches_only_who_was_meant() -> None:
    child = subprocess.Popen(["sleep", "30"])
    try:
        meant = process.Recorded(child.pid, start_ticks(child.pid))
        assert not process.Recorded(child.pid, meant.start + 1).signal(signal.SIGKILL)
        assert child.poll() is None
        assert meant.signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        assert not meant.signal(signal.SIGKILL)
    finally:
        child.kill()
        child.wait()


def test_a_group_kills_only_its_members(tmp_path: Path) -> None:
    child, cell = subprocess.Popen(["sleep", "30"]), Cell("mc-none", (Hierarchy(tmp_path, ()),))
    try:
        (tmp_path / "mc-none").mkdir()
        (tmp_path / "mc-none/cgroup.procs").write_text(f"{child.pid}\n")  # as if its pid had been ours a moment ago
        with pytest.raises(MedcloudError, match="do not die"):
            cell.kill(patience=0.1)
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen(["true"])
    known = process.Recorded(child.pid, start_ticks(child.pid))
    deadline = time.monotonic() + 5
    while known.alive and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not known.alive
    child.wait()


def test_a_started_process_lets_go_of_the_lock(tmp_path: Path) -> None:
    handle = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    child = process.start(Cell("mc-none", ()), ["sleep", "30"], tmp_path / "log", handle)
    try:
        os.close(handle)  # as if the starter had been killed
        other = os.open(tmp_path / "lock", os.O_RDWR)
        deadline = time.monotonic() + 5
        while True:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                assert time.monotonic() < deadline, "the child keeps the lock"
                time.sleep(0.01)
        os.close(other)
    finally:
        child.kill()
        child.wait()


def test_a_boot_spec_survives_its_file(tmp_path: Path) -> None:
    spec = BootSpec("m", ("/a", "/b"), "/f", ("cpu", "memory"), own_network=False)
    spec.write(tmp_path / "boot.json")
    assert BootSpec.read(tmp_path / "boot.json") == spec


def test_known_hosts_keeps_what_others_learnt(tmp_path: Path, xiamen: Site) -> None:
    keys, stock = Keys(tmp_path), machines(xiamen)[:2]
    (tmp_path / "known_hosts").write_text("10.21.20.5 ssh-ed25519 LEARNT\n10.88.1.11 ssh-ed25519 OLD-KEY\n")
    keys.trust(stock)
    lines = keys.known_hosts.read_text().splitlines()
    assert len(lines) == 3
    assert "10.21.20.5 ssh-ed25519 LEARNT" in lines
    assert not any("OLD-KEY" in line for line in lines)
    again = keys.known_hosts.read_text()
    keys.trust(stock)
    assert keys.known_hosts.read_text() == again
    keys.forget_others(stock)
    assert len(keys.known_hosts.read_text().splitlines()) == 2


def test_an_ordinary_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(MedcloudError, match="uid 1000") as caught:
        kernel.require(tmp_path)
    assert caught.value.code == "refused"
