"""Control groups of a lab: every process of a lab lives in `mc-<lab>/<part>` of every hierarchy.

So what belongs to a lab is known to the kernel, whatever became of the command that started it.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inventory.error import MedcloudError

_V1_OF_A_NODE = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids")


@dataclass(frozen=True)
class Hierarchy:
    """A mounted cgroup tree; `controllers` is empty for version 2."""

    root: Path
    controllers: tuple[str, ...]


def hierarchies(mounts: str | None = None) -> tuple[Hierarchy, ...]:
    """The trees mounted on this host (or in the text of a /proc/mounts), named v1 trees such as systemd's left out."""
    found = []
    for line in (mounts or Path("/proc/self/mounts").read_text()).splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup2":
            found.append(Hierarchy(Path(where), ()))
        elif kind == "cgroup":
            controllers = tuple(c for c in _V1_OF_A_NODE if c in options.split(","))
            if controllers:
                found.append(Hierarchy(Path(where), controllers))
    return tuple(found)


def v1_controllers(trees: Sequence[Hierarchy]) -> tuple[str, ...]:
    """Names by which a node may mount the v1 controllers; controllers that share a tree are mounted together."""
    return tuple(",".join(tree.controllers) for tree in trees if tree.controllers)


@dataclass(frozen=True)
class Cell:
    """The control groups of one lab or of one of its parts, the same path in every tree."""

    path: str
    trees: tuple[Hierarchy, ...]

    @classmethod
    def of(cls, lab: str, part: str = "") -> Cell:
        return cls(f"mc-{lab}/{part}".rstrip("/"), hierarchies())

    def folders(self) -> list[Path]:
        return [tree.root / self.path for tree in self.trees]

    def create(self, cpu_shares: int | None = None) -> None:
        """Make the groups. In version 1 a cpuset is useless until it has processors and memory nodes."""
        for tree in self.trees:
            folder = tree.root / self.path
            folder.mkdir(parents=True, exist_ok=True)
            if "cpuset" in tree.controllers:
                for group in _from_root(tree.root, folder):
                    for name in ("cpuset.cpus", "cpuset.mems"):
                        (group / name).write_text((tree.root / name).read_text())
            if "cpu" in tree.controllers and cpu_shares:
                (folder / "cpu.shares").write_text(str(cpu_shares))

    def entries(self) -> list[str]:
        """Files into which a process writes its pid to join."""
        return [str(folder / "cgroup.procs") for folder in self.folders()]

    def processes(self) -> set[int]:
        """Pids of everything inside, groups below included."""
        return {pid for folder in self.folders() for pid in pids_below(folder)}

    def memory_mb(self) -> int | None:
        """Memory in use (v1: without page cache), or None where it is not accounted."""
        for folder in self.folders():
            for name, key in (("memory.stat", "total_rss"), ("memory.stat", "anon")):
                value = _read_key(folder / name, key)
                if value is not None:
                    return value // 1_000_000
        return None

    def freeze(self, patience: float = 30.0) -> None:
        """Let no process inside run, groups below included; returns when all stand still."""
        deadline, switches = time.monotonic() + patience, self._switches()
        if not switches:
            raise MedcloudError(f"{self.path}: this host's control groups cannot freeze")
        switches[0].set(True)
        while not switches[0].frozen:
            if time.monotonic() > deadline:
                raise MedcloudError(f"{self.path} does not freeze", "run the command again")
            time.sleep(0.01)

    def thaw(self) -> None:
        """Let them run again."""
        for switch in self._switches():
            switch.set(False)

    def _switches(self) -> list[_Freezer]:
        """Version 2's first: what it froze can still be killed."""
        found = [_Freezer(folder / name) for name in _Freezer.NAMES for folder in self.folders()]
        return [switch for switch in found if switch.file.exists()]

    def kill(self, patience: float = 60.0) -> None:
        """SIGKILL until nothing is left inside; MedcloudError after `patience` seconds."""
        deadline = time.monotonic() + patience
        thawed = False
        while pids := self.processes():
            for pid in pids:
                self._kill_member(pid)
            if time.monotonic() > deadline:
                raise MedcloudError(f"{self.path}: processes {sorted(pids)[:5]} do not die", "run the command again")
            if not thawed:  # they have their death sentence: none runs on
                self._thaw_all()
                thawed = True
            time.sleep(0.02)
        self._thaw_all()

    def _kill_member(self, pid: int) -> None:
        """SIGKILL it, if it is still one of ours: a number read a moment ago may be somebody else's by now."""
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            groups = Path(f"/proc/{pid}/cgroup").read_text()
            if re.search(rf"/{re.escape(self.path)}(/|$)", groups, re.MULTILINE):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError):
            return
        finally:
            os.close(handle)

    def _thaw_all(self) -> None:
        """Version 1 keeps frozen processes from dying; in either version the next one started would stand still."""
        for folder in self.folders():
            for below, _, files in os.walk(folder):
                for name in set(_Freezer.NAMES) & set(files):
                    _Freezer(Path(below) / name).set(False)

    def remove(self) -> None:
        """Remove the empty groups, deepest first."""
        for folder in self.folders():
            if folder.is_dir():
                for below, _, _ in os.walk(folder, topdown=False):
                    _remove_group(Path(below))


@dataclass(frozen=True)
class _Freezer:
    """The file that freezes a group and all groups below it, of version 2 or 1."""

    file: Path
    NAMES = ("cgroup.freeze", "freezer.state")

    def set(self, frozen: bool) -> None:
        words = ("0", "1") if self.file.name == self.NAMES[0] else ("THAWED", "FROZEN")
        try:
            self.file.write_text(words[frozen])
        except FileNotFoundError:  # the group went away
            return

    @property
    def frozen(self) -> bool:
        """Whether everything inside stands still."""
        if self.file.name == self.NAMES[0]:
            return "frozen 1" in self.file.with_name("cgroup.events").read_text()
        return self.file.read_text().strip() == "FROZEN"


def _from_root(root: Path, folder: Path) -> list[Path]:
    """The groups from just below the root down to `folder`."""
    return [*(p for p in reversed(folder.parents) if root in p.parents), folder]


def groups_below(folder: Path) -> Iterator[Path]:
    """That group and all groups inside it. Groups come and go while one looks, which a glob does not survive."""
    return (Path(below) for below, _, _ in os.walk(folder))


def pids_below(folder: Path) -> Iterator[int]:
    """The processes of that group and of all groups inside it."""
    for group in groups_below(folder):
        try:
            yield from map(int, (group / "cgroup.procs").read_text().split())
        except (FileNotFoundError, OSError):  # the group went away between looking and reading
            continue


def _remove_group(folder: Path) -> None:
    """A group whose last process just died stays busy for a moment."""
    for _ in range(100):
        try:
            return folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.02)


def _read_key(path: Path, key: str) -> int | None:
    try:
        for line in path.read_text().splitlines():
            name, value = line.split()
            if name == key:
                return int(value)
    except OSError:
        return None
    return None
