"""The files of a machine, or of a guest that runs on it, reached from the host without ever leaving them."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from inventory.error import MedcloudError, bad_input
from lab import namespaces
from lab.cgroups import groups_below, pids_below
from lab.machine import LabMachine

_PATIENCE = 30.0
_OWN_NAME = re.compile(r"^127\.0\.1\.1\s+(\S+)", re.MULTILINE)
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def root(machine: LabMachine, guest: str = "") -> Iterator[int]:
    """The root folder of a machine that has power, or of a guest on it, as an open folder.

    A guest is meant by its server id or the name it calls itself. Bad input when there is none, MedcloudError when the
    machine does not come up in time.
    """
    handle = os.open(f"/proc/{_process(machine, guest)}/root", _FOLDER)
    try:
        yield handle
    finally:
        os.close(handle)


def run(machine: LabMachine, guest: str, *words: str) -> None:
    """A command of a machine's own, run in it (or in a guest on it); MedcloudError with its complaint when it fails."""
    spaces = ("--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd")
    namespaces.run("nsenter", f"--target={_process(machine, guest)}", *spaces, "--", *words)


def _process(machine: LabMachine, guest: str) -> int:
    return _guest(machine, guest) if guest else _booted(machine)


def open_file(root: int, path: str, flags: int) -> int:
    """Open a regular file below that root; FileNotFoundError when there is none.

    No symbolic link is followed: it could lead out of the machine.
    """
    if not path.startswith("/") or ".." in PurePosixPath(path).parts:
        raise bad_input(f"{path!r} is not a file's whole path", "begin with /, without ..")
    *folders, name = PurePosixPath(path).relative_to("/").parts or (".",)
    at = os.dup(root)
    try:
        for folder in folders:
            step = os.open(folder, _FOLDER | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = step
        handle = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600, dir_fd=at)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        raise bad_input(f"{path} goes through a symbolic link", "give the path without links") from None
    finally:
        os.close(at)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise bad_input(f"{path} is no regular file")
    return handle


def _booted(machine: LabMachine) -> int:
    """Its process 1, once that is systemd: before, it still sees the host's files."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        init = machine.init
        if init is not None and Path(f"/proc/{init.pid}/comm").read_text().strip() == "systemd":
            return init.pid
        if time.monotonic() > deadline:
            raise MedcloudError(f"{machine.name} does not come up", "medcloud lab up")
        time.sleep(0.05)


def _guest(machine: LabMachine, guest: str) -> int:
    """A process of that guest. Guests join a control group named by their id before they start (instance-init.sh)."""
    _booted(machine)
    known: list[str] = []
    below = (group for folder in machine.cell.folders() for group in groups_below(folder))
    for group in (group for group in below if group.name.startswith("inst-")):
        pids = list(pids_below(group))
        names = (group.name.removeprefix("inst-"), _own_name(pids[0]) if pids else "")
        if pids and guest in names:
            return pids[0]
        known.append(names[1] or names[0])
    raise bad_input(f"no guest {guest!r} runs on {machine.name}", f"guests: {', '.join(sorted(known)) or 'none'}")


def _own_name(pid: int) -> str:
    """What the guest of that process calls itself in its list of hosts."""
    with open(f"/proc/{pid}/root/etc/hosts", opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW)) as file:
        found = _OWN_NAME.search(file.read())
    return found.group(1) if found else ""
