"""Loop devices: the kernel has one set for the whole host, so those a lab's nodes leave must be found and detached."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LOOP_CLR_FD, _LOOP_GET_STATUS64 = 0x4C01, 0x4C05
_STATUS_SIZE = 232  # struct loop_info64; it begins with the backing file's device and inode


@dataclass(frozen=True)
class Loop:
    """An attached loop device; `file` is the backing file's path as its own mount namespace sees it."""

    number: int
    file: str
    inode: int


def attached() -> Iterator[Loop]:
    """All attached loop devices of the host."""
    for entry in sorted(Path("/sys/block").glob("loop*")):
        try:
            file = (entry / "loop" / "backing_file").read_text().strip()
            number = int(entry.name.removeprefix("loop"))
            _, inode = struct.unpack_from("QQ", _ioctl(number, _LOOP_GET_STATUS64, bytes(_STATUS_SIZE)))
        except OSError:  # detached meanwhile
            continue
        yield Loop(number, file, inode)


def owned(upper: Path) -> list[Loop]:
    """Loop devices whose backing file lies in that machine's upper layer: same path, same inode."""
    found = []
    for loop in attached():
        try:
            if (upper / loop.file.lstrip("/")).stat().st_ino == loop.inode:
                found.append(loop)
        except OSError:
            continue
    return found


def detach(loop: Loop) -> None:
    """Let the kernel drop the device (at once, or when its last user goes)."""
    try:
        _ioctl(loop.number, _LOOP_CLR_FD, b"")
    except OSError:  # gone meanwhile
        return


def _ioctl(number: int, request: int, argument: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        node = Path(folder) / "loop"
        os.mknod(node, 0o600 | stat.S_IFBLK, os.makedev(7, number))
        handle = os.open(node, os.O_RDONLY | os.O_CLOEXEC)
        try:
            answer = fcntl.ioctl(handle, request, argument)
        finally:
            os.close(handle)
    return answer if isinstance(answer, bytes) else b""
