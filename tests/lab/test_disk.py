"""A machine's disk on this host's kernel: furnished, full, without power, and never left attached."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import linux, loops
from lab.disk import Disk, release

pytestmark = pytest.mark.lab


def _furnish(upper: Path) -> None:
    (upper / "etc").mkdir(mode=0o750)
    (upper / "etc/hostname").write_text("ward\n")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    found = Disk.of(tmp_path)
    found.make(2, _furnish)
    yield found
    release([found.image], None)
    loops.sweep()


@pytest.fixture
def handle(disk: Disk) -> Iterator[int]:
    """The disk mounted as a machine has it: a handle of its root folder."""
    with loops.attach(disk.image) as node:
        found = linux.mount_unseen(node, "ext4")
    yield found
    os.close(found)


def test_a_new_disk_holds_what_was_furnished(disk: Disk) -> None:
    with disk.opened() as root:
        assert (root / "upper/etc/hostname").read_text() == "ward\n"
        assert (root / "upper/etc").stat().st_mode & 0o777 == 0o750
        assert (root / "upper").stat().st_mode & 0o777 == 0o755
        assert list((root / "work").iterdir()) == []
    assert disk.image.stat().st_size == 2_000_000_000 // 4096 * 4096
    assert disk.used_mb < 30
    assert loops.of_file(disk.image) == []


def test_what_was_not_synced_dies_with_the_power(disk: Disk) -> None:
    with loops.attach(disk.image) as node:
        handle = linux.mount_unseen(node, "ext4")
    for name, synced in (("kept", True), ("lost", False)):
        file = os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=handle)
        os.write(file, name.encode())
        if synced:
            os.fsync(file)
        os.close(file)
    disk.cut_power()
    with pytest.raises(OSError) as caught:
        os.open("more", os.O_CREAT | os.O_WRONLY, dir_fd=handle)
    assert caught.value.errno == errno.EIO
    os.close(handle)
    with disk.opened() as root:
        assert (root / "kept").read_text() == "kept"
        assert not (root / "lost").exists() or (root / "lost").read_text() == ""


def test_a_running_machine_shares_what_is_opened(disk: Disk, handle: int) -> None:
    with disk.opened() as root:
        (root / "ballast").write_text("x")
        assert os.stat("ballast", dir_fd=handle).st_size == 1
        with pytest.raises(OSError) as caught, open(root / "ballast", "r+b") as file:
            os.posix_fallocate(file.fileno(), 0, 3 << 30)
        assert caught.value.errno == errno.ENOSPC
    assert loops.of_file(disk.image)  # the machine's mount keeps it


def test_two_disks_never_share_a_device(tmp_path: Path) -> None:
    disks = [Disk.of(tmp_path / name) for name in ("a", "b")]
    for item in disks:
        item.image.parent.mkdir()
        item.make(2, _furnish)
    with disks[0].opened(), disks[1].opened():
        numbers = [loop.number for item in disks for loop in loops.of_file(item.image)]
        assert len(set(numbers)) == 2
        assert min(numbers) >= loops.FIRST
    assert not any(loops.of_file(item.image) for item in disks)
