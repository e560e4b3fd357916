"""Let the clock of a machine, or of a guest, be wrong by so many seconds (时钟偏移)."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inventory.error import MedcloudError, refused
from lab import inside
from lab.fault import IndoorFault, number, option
from lab.scene import Scene

_SOURCE = Path(__file__).parent.parent / "skew.c"
_FOLDER, _PRELOAD = "etc/medcloud-skew", "etc/ld.so.preload"
_LIBRARY, _OFFSET, _RESTARTED = (f"{_FOLDER}/{name}" for name in ("skew.so", "offset", "restarted"))


@dataclass(frozen=True)
class Skew(IndoorFault):
    """Every program started from then on sees the wrong time, after a power cycle all of them; those that run already
    do when they are restarted. Healing sets all of them right at once. Not affected: static programs (Go's etcd and
    Prometheus), the kernel's own times (files, packets, journald's receipt) and the monotonic clock."""

    seconds: float = number(3600.0, -3e9, 3e9, "How far ahead it is; below zero, behind.", likely=(-300, 300))
    restart: str = option("", "Units that are restarted at once so that they see it, with commas.")
    guest: str = option("", "The clock of this guest: its server id, or the name it calls itself.")

    @property
    def part(self) -> str:
        return self.guest

    def sentence(self, target: str) -> str:
        where = f"{self.guest} (on {target})" if self.guest else target
        way = "ahead" if self.seconds >= 0 else "behind"
        return f"the clock of {where} is {abs(self.seconds):g} s {way} for programs started since"

    def check(self, scene: Scene, target: str) -> None:
        if shutil.which("cc", path=os.defpath) is None:
            raise refused("no C compiler makes the wrong clock", "apt-get install build-essential")
        with inside.root(scene.machine(target), self.guest) as root:
            if _read(root, _PRELOAD) not in (None, _preload()):
                raise refused(f"{target} preloads a library of its own already", f"see /{_PRELOAD} there")

    def apply(self, scene: Scene, target: str) -> None:
        machine, library = scene.machine(target), _built(scene)
        with inside.root(machine, self.guest) as root:
            with suppress(FileExistsError):
                os.mkdir(_FOLDER, 0o755, dir_fd=root)
            _write(root, _OFFSET, struct.pack("q", round(self.seconds * 1e9)))
            if _read(root, _LIBRARY) is None:
                _write(root, f"{_LIBRARY}.new", library)
                os.rename(f"{_LIBRARY}.new", _LIBRARY, src_dir_fd=root, dst_dir_fd=root)
            _write(root, _PRELOAD, _preload())
            if self.restart and _read(root, _RESTARTED) is None:
                inside.run(machine, self.guest, "systemctl", "restart", *self.restart.split(","))
                _write(root, _RESTARTED, b"")

    def heal(self, scene: Scene, target: str) -> None:
        """The offset goes first: programs that run look into that very file."""
        with inside.root(scene.machine(target), self.guest) as root:
            if _read(root, _OFFSET):
                _write(root, _OFFSET, bytes(8))
            if _read(root, _PRELOAD) == _preload():
                os.unlink(_PRELOAD, dir_fd=root)
            for name in (f"{_LIBRARY}.new", _LIBRARY, _OFFSET, _RESTARTED):
                if _read(root, name) is not None:
                    os.unlink(name, dir_fd=root)
            with suppress(FileNotFoundError):
                os.rmdir(_FOLDER, dir_fd=root)


def _preload() -> bytes:
    return f"/{_LIBRARY}\n".encode()


def _built(scene: Scene) -> bytes:
    """The library, made from its source by the host's compiler."""
    made = scene.keepsake("skew", _SOURCE.read_text())
    if not made.exists():
        draft = made.with_suffix(".so")
        words = ["cc", "-O2", "-shared", "-fPIC", "-o", str(draft), str(_SOURCE)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise MedcloudError(f"{_SOURCE.name}: {done.stderr.strip()}")
        draft.rename(made)
    return made.read_bytes()


def _read(root: int, path: str) -> bytes | None:
    try:
        handle = inside.open_file(root, f"/{path}", os.O_RDONLY)
    except FileNotFoundError:
        return None
    with open(handle, "rb") as file:
        return file.read()


def _write(root: int, path: str, content: bytes) -> None:
    """In place: whoever has mapped the file sees it. Kept over a power cut."""
    handle = inside.open_file(root, f"/{path}", os.O_WRONLY | os.O_CREAT)
    with open(handle, "wb") as file:
        os.fchmod(handle, 0o755)
        file.write(content)
        file.flush()
        os.ftruncate(handle, len(content))
        os.fsync(handle)
