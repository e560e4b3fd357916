"""Loop devices: the kernel has one set for the whole host, so those a lab uses must be found again and detached.

Disks take numbers from `FIRST` on: the low ones are for what runs inside the nodes. Who asks the kernel for a free one
may still get one that a disk left, before a new low one is made. Only the standard library is
imported: this is on the path of every boot.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FIRST = 1024
_LOOP_CLR_FD, _LOOP_GET_STATUS64, _LOOP_CONFIGURE = 0x4C01, 0x4C05, 0x4C0A
_LOOP_CTL_ADD, _LOOP_CTL_REMOVE = 0x4C80, 0x4C81
_READ_ONLY, _AUTOCLEAR, _DIRECT_IO = 1, 4, 16
_STATUS_SIZE = 232  # struct loop_info64; it begins with the backing file's device and inode
_FLAGS_AT = 52
_BLOCK, _MAJOR, _LIMIT = 4096, 7, 1 << 20
_TAKEN = (errno.EBUSY, errno.ENXIO, errno.ENOENT, errno.ENODEV)  # in use, or removed since it was looked at


@dataclass(frozen=True)
class Loop:
    """An attached loop device; `device` and `inode` are the backing file's, `file` its path as its mounts show it."""

    number: int
    file: str
    device: int
    inode: int


def attached() -> Iterator[Loop]:
    """All attached loop devices of the host."""
    for entry in sorted(Path("/sys/block").glob("loop*")):
        try:
            file = (entry / "loop" / "backing_file").read_text().strip()
            number = int(entry.name.removeprefix("loop"))
            with _opened(number) as handle:
                status = fcntl.ioctl(handle, _LOOP_GET_STATUS64, bytes(_STATUS_SIZE))
        except OSError:  # detached meanwhile
            continue
        yield Loop(number, file, *struct.unpack_from("QQ", status))


def of_file(file: Path) -> list[Loop]:
    """Loop devices that stand on that file of the host."""
    try:
        known = file.stat()
    except FileNotFoundError:
        return []
    return [loop for loop in attached() if (loop.device, loop.inode) == (known.st_dev, known.st_ino)]


def on_device(device: int) -> list[Loop]:
    """Loop devices that stand on files of the file system with that device number, or of one on such a loop."""
    found: list[Loop] = []
    devices, rest = {device}, list(attached())
    while more := [loop for loop in rest if loop.device in devices]:
        rest = [loop for loop in rest if loop not in more]
        devices |= {os.makedev(_MAJOR, loop.number) for loop in more}
        found = [*more, *found]  # the topmost first: they hold the others
    return found


@contextmanager
def attach(file: Path, read_only: bool = False) -> Iterator[str]:
    """Stand a free loop device on the file; its path, good inside the block.

    The device detaches itself when its last user (a mount, or this block) goes, however that happens. Reads and writes
    bypass the host's page cache where its file system can: the machine has one of its own.
    """
    number, handle = _configured(file, read_only)
    try:
        with node(number) as path:
            yield path
    finally:
        os.close(handle)


def detach(loop: Loop) -> None:
    """Let the kernel drop the device (at once, or when its last user goes)."""
    try:
        with _opened(loop.number) as handle:
            fcntl.ioctl(handle, _LOOP_CLR_FD)
    except OSError:  # gone meanwhile
        return


def sweep() -> None:
    """Remove the disks' loop devices that nothing stands on any more."""
    for entry in Path("/sys/block").glob("loop*"):
        number = int(entry.name.removeprefix("loop"))
        if number >= FIRST and not (entry / "loop").exists():
            try:
                _control(_LOOP_CTL_REMOVE, number)
            except OSError:  # somebody uses it again, or removed it
                continue


@contextmanager
def node(number: int) -> Iterator[str]:
    """Path of a loop device's node, good inside the block: hosts without devtmpfs have none for new devices."""
    usual, wanted = f"/dev/loop{number}", os.makedev(_MAJOR, number)
    if os.path.exists(usual) and os.stat(usual).st_rdev == wanted:
        yield usual
        return
    with tempfile.TemporaryDirectory() as folder:
        own = f"{folder}/loop"
        os.mknod(own, 0o600 | stat.S_IFBLK, wanted)
        yield own


def _configured(file: Path, read_only: bool) -> tuple[int, int]:
    """A device's number and a handle that keeps it attached."""
    status = bytearray(_STATUS_SIZE)
    struct.pack_into("I", status, _FLAGS_AT, _AUTOCLEAR | _DIRECT_IO | (_READ_ONLY if read_only else 0))
    mode = (os.O_RDONLY if read_only else os.O_RDWR) | os.O_CLOEXEC
    backing = os.open(file, mode)
    try:
        wish = struct.pack("II", backing, _BLOCK) + bytes(status) + bytes(64)
        for number in range(FIRST, _LIMIT):
            handle = _try_configure(number, mode, wish)
            if handle is not None:
                return number, handle
    finally:
        os.close(backing)
    raise OSError(errno.ENODEV, "no free loop device", str(file))


def _try_configure(number: int, mode: int, wish: bytes) -> int | None:
    """A handle of that device when it was free; None when somebody else has it or takes it away just now."""
    handle = None
    try:
        _control(_LOOP_CTL_ADD, number)
        with node(number) as path:
            handle = os.open(path, mode)
        fcntl.ioctl(handle, _LOOP_CONFIGURE, wish)
    except OSError as error:
        if handle is not None:
            os.close(handle)
        if error.errno not in _TAKEN:
            raise
        return None
    return handle


def _control(request: int, number: int) -> None:
    """A request to the loop driver; a device that exists already needs no making."""
    handle = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(handle, request, number)
    except FileExistsError:
        return
    finally:
        os.close(handle)


@contextmanager
def _opened(number: int) -> Iterator[int]:
    with node(number) as path:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)
