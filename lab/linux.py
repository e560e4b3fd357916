"""The few system calls that Python 3.11 has no name for."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
MNT_DETACH = 2
CLONE_NEWNET = 0x40000000
_PR_CAPBSET_DROP = 24
_SYS_FSOPEN, _SYS_FSCONFIG, _SYS_FSMOUNT = 430, 431, 432  # the same on every architecture
_CLOEXEC, _SET_STRING, _CREATE = 1, 1, 6


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _numbered(what: str, number: int, *arguments: bytes | int | None) -> int:
    """A system call by number: what it answers; OSError that says `what` when it fails."""
    answer: int = _libc().syscall(number, *arguments)
    if answer < 0:
        _checked(answer, what)
    return answer


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2); OSError names the target."""
    _checked(
        _libc().mount(
            source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), options.encode() or None
        ),
        f"mount {kind or source} on {target}",
    )


def mount_unseen(source: str, kind: str) -> int:
    """Mount a device where nobody sees it: a handle of its root folder, the mount ends when that is closed.

    A device that is mounted elsewhere already shows the same files.
    """
    context = _numbered("fsopen", _SYS_FSOPEN, kind.encode(), _CLOEXEC)
    try:
        _numbered("fsconfig source", _SYS_FSCONFIG, context, _SET_STRING, b"source", source.encode(), 0)
        _numbered(f"mount {kind} {source}", _SYS_FSCONFIG, context, _CREATE, None, None, 0)
        return _numbered("fsmount", _SYS_FSMOUNT, context, _CLOEXEC, 0)
    finally:
        os.close(context)


def unmount(target: str, flags: int = 0) -> None:
    """umount2(2)."""
    _checked(_libc().umount2(target.encode(), flags), f"unmount {target}")


def pivot_root(new_root: str, put_old: str) -> None:
    """Make `new_root` the root of this mount namespace; the old one stays at `put_old`."""
    _checked(_libc().pivot_root(new_root.encode(), put_old.encode()), f"pivot_root {new_root}")


def drop_capability(number: int) -> None:
    """Take a capability out of the bounding set for good, for this process and its children."""
    _checked(
        _libc().prctl(
            _PR_CAPBSET_DROP, ctypes.c_ulong(number), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)
        ),
        f"drop capability {number}",
    )


def enter_network(path: Path | str) -> None:
    """Move the calling thread into a network namespace."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _checked(_libc().setns(handle, CLONE_NEWNET), f"enter {path}")
    finally:
        os.close(handle)


@contextmanager
def in_network(path: Path | str) -> Iterator[None]:
    """The calling thread, and what it starts, speaks from that network namespace; then it comes back."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter_network(path)
        try:
            yield
        finally:
            _checked(_libc().setns(home, CLONE_NEWNET), "return to the own network")
    finally:
        os.close(home)
