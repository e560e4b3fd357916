"""A machine's disk: an ext4 file system on a sparse image file, which can lose its power and become full."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inventory.error import MedcloudError
from lab import linux, loops

_JOURNAL_MB, _LARGE_JOURNAL_MB, _LARGE_GB = 16, 64, 8
_BLOCK = 4096
_SHUTDOWN, _NOTHING_FLUSHED = 0x8004587D, 2  # EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH
_PATIENCE = 60.0


@dataclass(frozen=True)
class Disk:
    """One disk. `image` is the sparse file; in its file system lie `upper` (what the machine changed) and `work`."""

    image: Path

    @classmethod
    def of(cls, folder: Path) -> Disk:
        """The disk of the machine that has this folder."""
        return cls(folder / "disk.img")

    @property
    def used_mb(self) -> int:
        """What it takes on the host, in MB (10^6 bytes)."""
        try:
            return self.image.stat().st_blocks * 512 // 1_000_000
        except FileNotFoundError:
            return 0

    def make(self, size_gb: int, furnish: Callable[[Path], None]) -> None:
        """A new file system of that size (10^9 bytes each); `furnish` fills the folder that it gets as `upper`."""
        seed, draft = self.image.with_suffix(".seed"), self.image.with_suffix(".new")
        shutil.rmtree(seed, ignore_errors=True)
        for name in ("upper", "work"):
            (seed / name).mkdir(parents=True)
            (seed / name).chmod(0o755)
        furnish(seed / "upper")
        with open(draft, "wb") as file:
            file.truncate(size_gb * 10**9 // _BLOCK * _BLOCK)
        _format(draft, seed, _LARGE_JOURNAL_MB if size_gb >= _LARGE_GB else _JOURNAL_MB)
        shutil.rmtree(seed)
        draft.replace(self.image)

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """The root folder of its file system, whether the machine runs or not; `upper` in it is the machine's `/`.

        A running machine sees at once what is written into its files there. Names below `upper` may only change while
        it is off, names beside it always.
        """
        handle = self._mounted()
        try:
            yield Path(f"/proc/self/fd/{handle}")
        finally:
            os.close(handle)

    def cut_power(self) -> None:
        """Let everything be lost that was not yet on the disk: no user of the file system can write from now on."""
        if loops.of_file(self.image):
            with self.opened() as root:
                handle = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    fcntl.ioctl(handle, _SHUTDOWN, struct.pack("I", _NOTHING_FLUSHED))
                finally:
                    os.close(handle)

    def _mounted(self) -> int:
        for loop in loops.of_file(self.image):
            try:
                with loops.node(loop.number) as node:
                    return linux.mount_unseen(node, "ext4")
            except OSError:  # its machine just died, and the device with it
                release([self.image], None)
        with loops.attach(self.image) as node:
            return linux.mount_unseen(node, "ext4")


def release(images: Sequence[Path], overlay: int | None) -> None:
    """Wait until nothing holds a dead machine's disks any more.

    Loop devices that it stood on files of its own outlive it and hold its disks; `overlay` is the device number of its
    root, by which they are known. MedcloudError when something still holds a disk after a minute.
    """
    deadline = time.monotonic() + _PATIENCE
    while held := [image for image in images if loops.of_file(image)]:
        for loop in loops.on_device(overlay) if overlay is not None else ():
            loops.detach(loop)
        if time.monotonic() > deadline:
            raise MedcloudError(f"{held[0]} is still in use", "run the command again")
        time.sleep(0.02)


def _format(image: Path, seed: Path, journal_mb: int) -> None:
    """Nothing is zeroed now or later: a new sparse file is zeros."""
    words = ["mkfs.ext4", "-q", "-F", "-J", f"size={journal_mb}", "-d", str(seed)]
    lazy = "lazy_itable_init=1,lazy_journal_init=1,nodiscard"
    done = subprocess.run([*words, "-E", lazy, str(image)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MedcloudError(f"mkfs.ext4 {image}: {done.stderr.strip()}")
