"""A bare lab for tests: typed to as a user would, spoken to as an operator would; and what it left on the host."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inventory.load import load_site
from lab.cgroups import groups_below
from lab.lab import Lab
from lab.loops import attached
from tests.conftest import MEDCLOUD

CACHE = Path.home() / ".cache" / "medcloud"
_BLUEPRINT = Path(__file__).resolve().parents[2] / "inventory" / "blueprints" / "xiamen"


@dataclass(frozen=True)
class Bench:
    """The lab `name` of the site in `folder` (or of that blueprint)."""

    name: str
    folder: str
    state_root: Path

    @property
    def state(self) -> Path:
        return self.state_root / self.name

    @property
    def lab(self) -> Lab:
        return Lab(load_site(self.folder), self.name, self.state, CACHE)

    def words(self, verb: str, *words: str) -> list[str]:
        """The command line of `medcloud lab VERB <this site> …`."""
        base = [MEDCLOUD, "--state-dir", str(self.state_root), "--cache-dir", str(CACHE), "--lab", self.name]
        return [*base, "lab", verb, self.folder, *words]

    def run(self, verb: str, *words: str) -> Any:
        """Its `--json` result."""
        done = subprocess.run([*self.words(verb, *words), "--json"], capture_output=True, text=True, timeout=1500)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    def start(self, verb: str, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.words(verb, *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def killed(self, seconds: float, verb: str, *words: str) -> bool:
        """Start a command and kill it the hard way after so many seconds; False when it was done before."""
        running = self.start(verb, *words)
        time.sleep(seconds)
        running.send_signal(signal.SIGKILL)
        return running.wait() == -signal.SIGKILL

    def timed(self, verb: str, *words: str) -> float:
        """Seconds that a command takes here and now."""
        begin = time.monotonic()
        self.run(verb, *words)
        return time.monotonic() - begin

    def address(self, machine: str) -> str:
        return next(str(m.machine.management.ip) for m in self.lab.machines if m.name == machine)

    def ssh(self, machine: str, command: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        """A command on a machine, host key checked."""
        ssh = self.state / "ssh"
        options = ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={ssh / 'known_hosts'}", "ConnectTimeout=3"]
        flags = [word for option in ("BatchMode=yes", "LogLevel=ERROR", *options) for word in ("-o", option)]
        words = ["ip", "netns", "exec", f"mc-{self.name}-ops", "ssh", "-i", str(ssh / "id_ed25519"), *flags]
        target = f"root@{self.address(machine)}"
        done = subprocess.run([*words, target, command], input=stdin, capture_output=True, timeout=60)
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def pids(self) -> dict[str, int | None]:
        return {machine.name: machine.pid for machine in self.lab.status().machines}


@dataclass(frozen=True)
class Host:
    """What a lab could leave on this host: everything of today but what other labs, which come and go, put there."""

    own: Bench

    def now(self) -> set[str]:
        """Names of network namespaces, mounts, control groups, loop devices, interfaces, and the lab's processes."""
        found = {*self._namespaces(), *self._mounts(), *self._groups(), *self._loops(), *self._processes()}
        return {*found, *(f"interface {path.name}" for path in Path("/sys/class/net").iterdir())}

    def settled(self, wanted: set[str]) -> set[str]:
        """What differs from `wanted`; the kernel gets some time to take things away."""
        deadline = time.monotonic() + 10
        while (found := self.now() ^ wanted) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found

    def _foreign(self, path: str) -> bool:
        """Whether a path is another lab's, or of a host's visitor that the lab does not know."""
        return "/mc-" in path and f"/mc-{self.own.name}-" not in path and not path.endswith(f"/mc-{self.own.name}")

    def _namespaces(self) -> Iterator[str]:
        return (f"netns {path}" for path in Path("/run/netns").glob("*") if not self._foreign(str(path)))

    def _mounts(self) -> Iterator[str]:
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            if not self._foreign(line.split()[4]):
                yield f"mount {line.split()[4]}"

    def _groups(self) -> Iterator[str]:
        for root in groups_below(Path("/sys/fs/cgroup")):
            if not (root / "cgroup.procs").exists():  # the mount points of version 1
                continue
            if not any(self._foreign(str(path)) for path in (root, *root.parents)):
                yield f"group {root}"

    def _loops(self) -> Iterator[str]:
        for loop in attached():
            if str(self.own.state_root) in loop.file or self.own.name in loop.file:
                yield f"loop{loop.number} {loop.file}"

    def _processes(self) -> Iterator[str]:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                groups = (folder / "cgroup").read_text()
                dead = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
            except OSError:
                continue
            if dead:  # only the host's process 1 can bury it, in its own time
                continue
            mine = any(word.decode(errors="replace").startswith(str(self.own.state_root)) for word in words)
            if f"/mc-{self.own.name}" in groups or (mine and int(folder.name) != os.getpid()):
                yield f"process {folder.name} {b' '.join(words).decode(errors='replace')}"


def small_site(folder: Path, centres: list[str], campuses: list[str]) -> str:
    """The Xiamen blueprint with a lab profile of these places."""
    shutil.copytree(_BLUEPRINT, folder)
    for file in folder.glob("*.yml"):
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "lab" in raw:
            raw["lab"] = {**raw["lab"], "centres": centres, "campuses": campuses}
            file.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return str(folder)
