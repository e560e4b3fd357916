"""The way into a machine: `python -m lab.boot SPEC`, run by `unshare` as process 1 of the machine's own namespaces.

It builds the machine's view of the world (overlay root, /proc, /sys, /dev, /run), leaves the host's behind and becomes
systemd. Only the standard library is imported: this is on the path of every boot.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import linux, loops

_SAFE = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
_LOOPS = 64  # loop device nodes of a node, low ones and disks': the kernel shares one set and may hand out either
_CHARACTERS = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
# sys_module, sys_rawio, sys_time, mac_admin, syslog, wake_alarm: these would reach the host itself
_NEVER = (16, 17, 25, 33, 34, 35)
_NET_ADMIN = 12


@dataclass(frozen=True)
class BootSpec:
    """One machine's boot. `lowers` are image layers, top one first; `v1` the cgroup v1 controllers a node sees.

    `disk` is the image file of its disk, `frozen` those of earlier disks that it stands on, newest first; a builder has
    none and keeps its changes in `folder` itself. `own_network` is false for a builder, which speaks from the host's
    network and may not change it.
    """

    name: str
    lowers: tuple[str, ...]
    folder: str
    v1: tuple[str, ...] = ()
    own_network: bool = True
    disk: str = ""
    frozen: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> BootSpec:
        """The spec that `write` left; FileNotFoundError when there is none."""
        raw = json.loads(path.read_text())
        return cls(**{**raw, **{name: tuple(raw[name]) for name in ("lowers", "v1", "frozen")}})

    def write(self, path: Path) -> None:
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)


def main(arguments: Sequence[str]) -> None:
    """Become the machine described in the file `arguments[0]`; does not return."""
    spec = BootSpec.read(Path(arguments[0]))
    folder = Path(spec.folder)
    (folder / "overlay.json").unlink(missing_ok=True)
    _record_self(folder / "init.json")
    socket.sethostname(spec.name)
    root = str(folder / "root")
    linux.mount("overlay", root, "overlay", 0, _layers(spec, folder))
    _leave(folder / "overlay.json", {"device": os.stat(root).st_dev})
    _mount_kernel_views(root, spec.own_network)
    _make_devices(root)
    if spec.v1:
        _make_node(root, spec.v1)
    _leave_host(root)
    _become_systemd(spec.own_network)


def start_ticks(pid: int) -> int:
    """When a process started, in clock ticks since the host's boot: with its pid it names a process for good."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19])


def _record_self(path: Path) -> None:
    """Leave the host's pid of this process, which is 1 inside: /proc is still the host's."""
    pid = int(os.readlink("/proc/self"))
    _leave(path, {"pid": pid, "start": start_ticks(pid)})


def _leave(path: Path, fact: dict[str, int]) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(fact))
    draft.replace(path)


def _layers(spec: BootSpec, folder: Path) -> str:
    """The overlay's options, with the disks mounted. One device number for all files: `du -x` and AIDE look at it."""
    own = _mount_disk(spec.disk, folder / "disk") if spec.disk else folder
    frozen = [_mount_disk(disk, folder / f"frozen-{n}", read_only=True) for n, disk in enumerate(spec.frozen)]
    lowers = ":".join([*(str(place / "upper") for place in frozen), *spec.lowers])
    return f"lowerdir={lowers},upperdir={own / 'upper'},workdir={own / 'work'},xino=on"


def _mount_disk(image: str, place: Path, read_only: bool = False) -> Path:
    """Where the disk is mounted. Freed blocks go back to the host; nothing is zeroed in the background."""
    place.mkdir(exist_ok=True)
    with loops.attach(Path(image), read_only) as device:
        flags = linux.MS_RDONLY if read_only else 0
        linux.mount(device, str(place), "ext4", flags, "noload" if read_only else "discard,noinit_itable")
    return place


def _mount_kernel_views(root: str, own_network: bool) -> None:
    linux.mount("proc", f"{root}/proc", "proc", _SAFE)
    linux.mount("sysfs", f"{root}/sys", "sysfs", _SAFE | linux.MS_RDONLY)
    linux.mount("cgroup2", f"{root}/sys/fs/cgroup", "cgroup2", _SAFE)
    linux.mount("tmpfs", f"{root}/run", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=755,size=256m")
    # The host's settings are read-only; those of the machine's own network stay its own.
    sysctl = f"{root}/proc/sys"
    linux.mount(sysctl, sysctl, flags=linux.MS_BIND)
    linux.mount("", sysctl, flags=linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | _SAFE)
    if own_network:
        linux.mount("proc", f"{root}/mnt", "proc", _SAFE)
        linux.mount(f"{root}/mnt/sys/net", f"{sysctl}/net", flags=linux.MS_BIND)
        linux.unmount(f"{root}/mnt")


def _make_devices(root: str) -> None:
    dev = f"{root}/dev"
    linux.mount("tmpfs", dev, "tmpfs", linux.MS_NOSUID, "mode=755,size=64k,nr_inodes=1024")
    os.umask(0)
    for name, (major, minor) in _CHARACTERS.items():
        os.mknod(f"{dev}/{name}", 0o666 | stat.S_IFCHR, os.makedev(major, minor))
    for name in ("pts", "shm", "net", "mqueue"):
        os.mkdir(f"{dev}/{name}", 0o755)
    os.mknod(f"{dev}/net/tun", 0o666 | stat.S_IFCHR, os.makedev(10, 200))
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(target, f"{dev}/{name}")
    os.symlink("pts/ptmx", f"{dev}/ptmx")
    linux.mount("devpts", f"{dev}/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=620,gid=5")
    linux.mount("tmpfs", f"{dev}/shm", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=1777")


def _make_node(root: str, controllers: Sequence[str]) -> None:
    """What a hypervisor needs: loop devices, FUSE and the cgroup v1 controllers libvirt-lxc works with."""
    os.mknod(f"{root}/dev/loop-control", 0o660 | stat.S_IFCHR, os.makedev(10, 237))
    for number in (*range(_LOOPS), *range(loops.FIRST, loops.FIRST + _LOOPS)):
        os.mknod(f"{root}/dev/loop{number}", 0o660 | stat.S_IFBLK, os.makedev(7, number))
    os.mknod(f"{root}/dev/fuse", 0o666 | stat.S_IFCHR, os.makedev(10, 229))
    os.mkdir(f"{root}/run/cgv1", 0o755)
    for controller in controllers:
        os.mkdir(f"{root}/run/cgv1/{controller}", 0o755)
        linux.mount("cgroup", f"{root}/run/cgv1/{controller}", "cgroup", 0, controller)


def _leave_host(root: str) -> None:
    """Without a folder for the old root: a machine with a full disk must boot."""
    os.chdir(root)
    linux.pivot_root(".", ".")
    linux.unmount(".", linux.MNT_DETACH)
    os.chdir("/")


def _become_systemd(own_network: bool) -> None:
    for capability in (*_NEVER, *(() if own_network else (_NET_ADMIN,))):
        linux.drop_capability(capability)
    os.umask(0o022)
    environment = {"container": "lab", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "dumb"}
    systemd = "/lib/systemd/systemd"
    os.execve(systemd, [systemd, "--log-target=journal", "--show-status=0"], environment)


if __name__ == "__main__":
    main(sys.argv[1:])
