"""What the lab needs of its host: root, kernel, commands, memory and disk; each with what to do when it lacks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inventory.error import refused

_COMMANDS = {
    "bash": "bash",
    "bridge": "iproute2",
    "ethtool": "ethtool",
    "ip": "iproute2",
    "mkfs.ext4": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "nsenter": "util-linux",
    "qemu-img": "qemu-utils",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "unshare": "util-linux",
}
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "uts")
_INOTIFY, _INOTIFY_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances"), 8192
_MEMORY_GB, _DISK_GB = 12, 15


@dataclass(frozen=True)
class Prerequisite:
    """One thing the lab needs. `detail` says what was found, `remedy` what to do when it is not `ok`."""

    name: str
    ok: bool
    detail: str
    remedy: str


def prerequisites(cache: Path) -> tuple[Prerequisite, ...]:
    """Everything the lab needs, checked now; `cache` tells on which disk the images go."""
    return tuple([_root(), *_kernel(), *_commands(), _memory(), _disk(cache)])


def require(cache: Path) -> None:
    """MedcloudError (refused) that names everything this host lacks, nothing touched."""
    lacking = [p for p in prerequisites(cache) if not p.ok]
    if lacking:
        lines = "\n".join(f"  {p.name}: {p.detail}" for p in lacking)
        raise refused(f"this machine cannot run the lab:\n{lines}", "; ".join(dict.fromkeys(p.remedy for p in lacking)))


def raise_limits() -> None:
    """Let many systemds run: all machines' root is the host's, which may have 128 inotify instances by default.

    The one setting of the host that the lab changes; it is only ever raised and stays so.
    """
    if int(_INOTIFY.read_text()) < _INOTIFY_INSTANCES:
        _INOTIFY.write_text(str(_INOTIFY_INSTANCES))


def require_root() -> None:
    """MedcloudError (refused) for anybody but root."""
    if not _root().ok:
        raise refused(f"the lab is root's: {_root().detail}", _root().remedy)


def _root() -> Prerequisite:
    uid = os.geteuid()
    return Prerequisite("root", uid == 0, f"running as uid {uid}", "run as root: the lab makes namespaces and mounts")


def _kernel() -> Iterator[Prerequisite]:
    remedy = "use a kernel that has it (Debian's and Ubuntu's do)"
    missing = [kind for kind in _NAMESPACES if not Path("/proc/self/ns", kind).exists()]
    yield Prerequisite("namespaces", not missing, f"missing: {missing}" if missing else "all six", remedy)
    filesystems = Path("/proc/filesystems").read_text().split()
    for name in ("overlay", "cgroup2", "ext4"):
        found = name in filesystems or _module(name)
        yield Prerequisite(f"{name} file system", found, "present" if found else "not in this kernel", remedy)
    mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines() if " cgroup2 " in line]
    yield Prerequisite(
        "control groups", bool(mounted), ", ".join(mounted) or "no cgroup2 mount", "mount cgroup2 on /sys/fs/cgroup"
    )
    tun = Path("/dev/net/tun").exists()
    yield Prerequisite("TUN device", tun, "/dev/net/tun", "load the module tun; in a container, pass /dev/net/tun in")
    loop = Path("/dev/loop-control").exists()
    yield Prerequisite("loop devices", loop, "/dev/loop-control", "load the module loop")


def _module(name: str) -> bool:
    """Whether the kernel could load it: a file system that nobody used yet is not listed."""
    index = Path(f"/lib/modules/{os.uname().release}/modules.dep")
    return index.exists() and f"/{name}.ko" in index.read_text()


def _commands() -> Iterator[Prerequisite]:
    for command, package in _COMMANDS.items():
        found = shutil.which(command, path=f"{os.defpath}:/usr/sbin:/sbin")
        yield Prerequisite(command, bool(found), found or "not found", f"apt-get install {package}")


def _memory() -> Prerequisite:
    text = Path("/proc/meminfo").read_text()
    total = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("MemTotal:")) / 1e6
    return Prerequisite("memory", total >= _MEMORY_GB, f"{total:.0f} GB", f"{_MEMORY_GB} GB are needed at least")


def _disk(cache: Path) -> Prerequisite:
    place = next(p for p in (cache, *cache.parents) if p.exists())
    free = shutil.disk_usage(place).free / 1e9
    return Prerequisite("disk", free >= _DISK_GB, f"{free:.0f} GB free at {place}", f"free {_DISK_GB} GB there")
