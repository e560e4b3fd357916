"""The builder: a lab machine that speaks from the host's network, on which playbooks install an image's contents."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inventory.error import MedcloudError
from lab import machine, packages
from lab.boot import BootSpec
from lab.cgroups import Cell
from lab.event import Event, OnEvent
from lab.keys import make_key
from playbooks import runner

_SSHD = "etc/ssh/sshd_config.d/00-builder.conf"
_HOST = "builder"


@dataclass(frozen=True)
class Builder:
    """One build: which lab asks, what kind of image, whose control group and lock it runs under."""

    lab: str
    kind: str
    lock: int
    environment: Mapping[str, str]
    on_event: OnEvent

    def install(self, playbook: str, layers: Sequence[Path], work: Path) -> Path:
        """Run the playbook on a machine that stands on `layers`; the folder of what it changed.

        MedcloudError names the task that failed.
        """
        port, upper, cell = _free_port(), work / "upper", Cell.of(self.lab, f"builder-{self.kind}")
        host_key, login = make_key(work / "keys/host", _HOST), make_key(work / "keys/login", _HOST)
        for folder in (upper, work / "work", work / "root"):
            folder.mkdir()
        machine.furnish(upper, _HOST, host_key, login.with_name("login.pub").read_text())
        packages.open_for_building(upper, self.environment)
        (upper / _SSHD).parent.mkdir(parents=True, exist_ok=True)
        (upper / _SSHD).write_text(f"Port {port}\nListenAddress 127.0.0.1\n")
        known_hosts = work / "keys/known_hosts"
        known_hosts.write_text(f"[127.0.0.1]:{port} {host_key.with_name('host.pub').read_text()}")
        BootSpec(_HOST, tuple(map(str, layers)), str(work), own_network=False).write(work / "boot.json")
        try:
            machine.start(cell, work, self.lock, None)
            await_banner("127.0.0.1", port, 60)
            self._play(playbook, port, work, login, known_hosts)
        finally:
            cell.kill()
            cell.remove()
        (upper / _SSHD).unlink()
        packages.close_after_building(upper)
        return upper

    def _play(self, playbook: str, port: int, work: Path, login: Path, known_hosts: Path) -> None:
        private = Path("/dev/shm") if Path("/dev/shm").is_dir() else work
        runner.run_playbook(
            playbook,
            _inventory(port),
            private_dir=private / f"medcloud-{self.lab}+{self.kind}+{port}",
            key_file=login,
            known_hosts=known_hosts,
            extravars={"base_refresh_packages": True},
            on_event=self._tell,
        ).require_success()

    def _tell(self, event: runner.Event) -> None:
        if event.task and event.status == "started":
            self.on_event(Event("image", self.kind, event.task))


def await_banner(address: str, port: int, patience: float) -> None:
    """Wait until an SSH server greets at that address; MedcloudError after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not greets(address, port):
        if time.monotonic() > deadline:
            raise MedcloudError(f"no SSH at {address} port {port} within {patience:.0f} s")
        time.sleep(0.1)


def greets(address: str, port: int = 22) -> bool:
    """Whether an SSH server greets there within a second."""
    try:
        with socket.create_connection((address, port), timeout=1.0) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _inventory(port: int) -> dict[str, object]:
    """The builder as Ansible sees it."""
    login = {"ansible_host": "127.0.0.1", "ansible_port": port, "ansible_user": "root"}
    return {"all": {"hosts": {_HOST: login}, "children": {"builders": {"hosts": {_HOST: {}}}}}}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def remove_private(lab: str) -> None:
    """Remove the private folders that killed builds of that lab left."""
    for left in Path("/dev/shm").glob(f"medcloud-{lab}+*"):
        shutil.rmtree(left, ignore_errors=True)
