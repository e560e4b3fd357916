"""A bare machine: its own namespaces, an overlay disk, systemd as PID 1 and sshd."""

from __future__ import annotations

import json
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inventory.error import MedcloudError
from inventory.machines import Machine
from lab import namespaces, process
from lab.boot import BootSpec
from lab.cgroups import Cell, hierarchies, v1_controllers
from lab.disk import Disk, release
from lab.keys import Keys

_UNSHARE = (
    "unshare",
    "--mount",
    "--uts",
    "--ipc",
    "--pid",
    "--cgroup",
    "--propagation",
    "private",
    "--fork",
    "--kill-child",
)
_FREEZE_PATIENCE = 1.0
_POWEROFF = signal.SIGRTMIN + 4  # what systemd as process 1 takes for "power off"


@dataclass(frozen=True)
class LabMachine:
    """One machine of a lab. `folder` holds its disk, boot record and console."""

    lab: str
    machine: Machine
    folder: Path

    @property
    def name(self) -> str:
        return self.machine.name

    @property
    def cell(self) -> Cell:
        return Cell.of(self.lab, self.name)

    @property
    def netns(self) -> str:
        return namespaces.namespace(self.lab, self.name)

    @property
    def init(self) -> process.Recorded | None:
        """Its process 1 as the host knows it, when it runs."""
        known = process.Recorded.read(self.folder / "init.json")
        return known if known is not None and known.alive else None

    @property
    def running(self) -> bool:
        return self.init is not None

    @property
    def disk(self) -> Disk:
        return Disk.of(self.folder)

    @property
    def disk_mb(self) -> int:
        """What its disks take on the host in MB (10^6 bytes), those of saves that it stands on included."""
        below = self.spec.frozen if self.spec else ()
        return self.disk.used_mb + sum(Disk(Path(path)).used_mb for path in below)

    @property
    def spec(self) -> BootSpec | None:
        """What it boots from; None as long as it was given nothing."""
        record = self.folder / "boot.json"
        return BootSpec.read(record) if record.exists() else None

    def prepare(self, layers: Sequence[Path], keys: Keys, hosts: str) -> None:
        """Give it a disk with its name, keys and addresses; a machine that has one keeps it."""
        if self.spec is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self._build(tuple(map(str, layers)), (), lambda upper: self._furnish(upper, keys, hosts))

    def stand_on(self, lowers: tuple[str, ...], frozen: tuple[str, ...]) -> None:
        """Throw its disk away and give it a fresh one on those image layers and frozen disks (newest first)."""
        self.disk.image.unlink(missing_ok=True)
        self._build(lowers, frozen, lambda upper: None)

    def _build(self, lowers: tuple[str, ...], frozen: tuple[str, ...], furnish: Callable[[Path], None]) -> None:
        (self.folder / "root").mkdir(parents=True, exist_ok=True)
        self.disk.make(self.machine.disk_gb, furnish)
        v1 = v1_controllers(hierarchies()) if self.machine.kind == "node" else ()
        spec = BootSpec(self.name, lowers, str(self.folder), v1, disk=str(self.disk.image), frozen=frozen)
        spec.write(self.folder / "boot.json")

    def _furnish(self, upper: Path, keys: Keys, hosts: str) -> None:
        furnish(upper, self.name, keys.host_key(self.name), keys.operator_public)
        (upper / "etc/hosts").write_text(hosts)
        seed = uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.name}.{self.lab}.medcloud")
        (upper / "etc/machine-id").write_text(f"{seed.hex}\n")

    def boot(self, lock: int) -> bool:
        """Power on; True when it was off. Its network must be plugged."""
        if self.running:
            return False
        self.cell.kill()
        spec = self.spec
        for path in (str(self.disk.image), *spec.lowers, *spec.frozen) if spec else ():
            if not Path(path).exists():
                raise MedcloudError(f"{self.name} stands on {path}, which is gone", "take the lab down and up again")
        start(self.cell, self.folder, lock, str(namespaces.path(self.netns)))
        return True

    def stop(self, patience: float) -> bool:
        """Let it shut down by itself, kill what is left; False when that was needed. Its disk is whole afterwards."""
        begin, init = time.monotonic(), self.init
        if init is not None:
            init.signal(_POWEROFF)
        while self.running and time.monotonic() - begin < patience:
            time.sleep(0.05)
        clean = not self.running
        self.cell.kill()
        bury(self.folder)
        return clean

    def die(self) -> None:
        """Cut the power: what is not on the disk is lost and every process dies, at once."""
        with suppress(MedcloudError):  # some hosts cannot freeze; then processes may see their disk fail for a moment
            self.cell.freeze(_FREEZE_PATIENCE)
        self.disk.cut_power()
        self.cell.kill()

    def power_off(self) -> None:
        """Cut the power and take away what the kernel still holds for it; the disk stays."""
        self.die()
        bury(self.folder)
        namespaces.remove(self.netns)


def bury(folder: Path) -> None:
    """Let go of the disks of a machine without processes, whether the model still knows it or not."""
    try:
        images = (folder / "disk.img", *map(Path, BootSpec.read(folder / "boot.json").frozen))
    except FileNotFoundError:  # it never had a disk
        return
    record = folder / "overlay.json"
    release(images, json.loads(record.read_text())["device"] if record.exists() else None)


def furnish(upper: Path, name: str, host_key: Path, operator: str) -> None:
    """What a new machine's disk holds: host name, its SSH host key, the operator's right to log in."""
    folders = {upper: 0o755, upper / "etc": 0o755, upper / "etc/ssh": 0o755}
    for path, mode in (folders | {upper / "root": 0o700, upper / "root/.ssh": 0o700}).items():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
    (upper / "etc/hostname").write_text(f"{name}\n")
    (upper / "root/.ssh/authorized_keys").write_text(f"{operator}\n")
    (upper / "root/.ssh/authorized_keys").chmod(0o600)
    for suffix, mode in (("", 0o600), (".pub", 0o644)):
        target = upper / f"etc/ssh/ssh_host_ed25519_key{suffix}"
        shutil.copyfile(f"{host_key}{suffix}", target)
        target.chmod(mode)


def start(cell: Cell, folder: Path, lock: int, network: str | None) -> int:
    """Boot the machine whose spec lies in `folder`; its process 1 on the host, once that has begun.

    MedcloudError with the console's end when it does not begin within ten seconds.
    """
    record = folder / "init.json"
    record.unlink(missing_ok=True)
    enter = ["nsenter", f"--net={network}"] if network else []
    command = [*enter, *_UNSHARE, *process.python("lab.boot", str(folder / "boot.json"))]
    process.start(cell, command, folder / "console.log", lock)
    for _ in range(1000):
        known = process.Recorded.read(record)
        if known is not None:
            return known.pid
        time.sleep(0.01)
    raise MedcloudError(f"{folder.name} does not boot: {(folder / 'console.log').read_text()[-600:]}")
