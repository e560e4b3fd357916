"""Fill a machine's disk, or a guest's, until its services get ENOSPC; what they free again is theirs (磁盘写满)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab import inside
from lab.fault import MachineFault, option
from lab.scene import Scene

_NAME = ".ballast"
_STEPS = (1 << 30, 1 << 26, 1 << 22, 1 << 18, 1 << 14, 1 << 12)


@dataclass(frozen=True)
class Fill(MachineFault):
    """The ballast takes no room on the host: it is blocks that nobody wrote to. Root's reserve is taken too. A machine
    does not see the ballast, a guest does (`/.ballast`)."""

    guest: str = option("", "Fill the disk of this guest: its server id, or the name it calls itself.")

    @property
    def part(self) -> str:
        return self.guest

    @property
    def indoors(self) -> bool:
        return bool(self.guest)

    def sentence(self, target: str) -> str:
        return f"the disk of {self.guest or target} is full{f' (on {target})' if self.guest else ''}"

    def check(self, scene: Scene, target: str) -> None:
        with self._disk(scene, target):
            return

    def apply(self, scene: Scene, target: str) -> None:
        with self._disk(scene, target) as root:
            handle = inside.open_file(root, f"/{_NAME}", os.O_WRONLY | os.O_CREAT)
            try:
                _fill(handle)
            finally:
                os.close(handle)

    def heal(self, scene: Scene, target: str) -> None:
        with self._disk(scene, target) as root:
            try:
                os.unlink(_NAME, dir_fd=root)
            except FileNotFoundError:
                return

    @contextmanager
    def _disk(self, scene: Scene, target: str) -> Iterator[int]:
        """The root folder of the file system: a guest's `/`, or what lies beside a machine's."""
        machine = scene.machine(target)
        if self.guest:
            with inside.root(machine, self.guest) as handle:
                yield handle
            return
        with machine.disk.opened() as folder:
            handle = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                yield handle
            finally:
                os.close(handle)


def _fill(handle: int) -> None:
    """Reserve until nothing is left, in ever smaller pieces, and keep that over a power cut."""
    end = os.fstat(handle).st_size
    for step in _STEPS:
        while True:
            try:
                os.posix_fallocate(handle, end, step)
            except OSError:  # ENOSPC
                break
            end += step
    os.fsync(handle)
