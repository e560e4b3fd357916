"""The lab for real: eight machines and twelve lines on this host, broken, healed, killed, removed without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from inventory.model import Site
from lab.lab import Lab
from lab.loops import attached

pytestmark = pytest.mark.lab

NAME = "labtest"
MEDCLOUD = str(Path(sys.executable).parent / "medcloud")
EDGE, ROUTER, NODE = "10.88.61.1", "10.88.1.1", "10.88.1.11"
LINE = "mh-sp2-telecom"


@dataclass(frozen=True)
class Bench:
    """A lab of this test module, spoken to as a user and as an operator would."""

    state_root: Path
    site: Site

    @property
    def state(self) -> Path:
        return self.state_root / NAME

    def words(self, *words: str) -> list[str]:
        return [MEDCLOUD, "--state-dir", str(self.state_root), "--lab", NAME, "lab", *words]

    def run(self, verb: str, *words: str) -> dict[str, object]:
        done = subprocess.run(
            [*self.words(verb, "xiamen", *words), "--json"], capture_output=True, text=True, timeout=1500
        )
        assert done.returncode == 0, done.stderr[-3000:]
        found: dict[str, object] = json.loads(done.stdout)
        return found

    def faults(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(json.dumps(self.run("status")["faults"]))
        return found

    def ssh(self, address: str, command: str, timeout: int = 3) -> subprocess.CompletedProcess[str]:
        """A command on a machine, host key checked."""
        ssh = self.state / "ssh"
        options = [
            "StrictHostKeyChecking=yes",
            f"UserKnownHostsFile={ssh / 'known_hosts'}",
            f"ConnectTimeout={timeout}",
        ]
        flags = [word for option in ("BatchMode=yes", "LogLevel=ERROR", *options) for word in ("-o", option)]
        words = ["ip", "netns", "exec", f"mc-{NAME}-ops", "ssh", "-i", str(ssh / "id_ed25519"), *flags]
        return subprocess.run([*words, f"root@{address}", command], capture_output=True, text=True, timeout=60)

    def traces(self) -> set[str]:
        """Everything on this host that carries the lab's name. The dead get some time to be buried by process 1."""
        deadline = time.monotonic() + 10
        while found := self._traces_now():
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        return found

    def _traces_now(self) -> set[str]:
        return {*_namespaces(), *_mounts(self.state_root), *_groups(), *_processes(self.state_root), *_loops()}


def _namespaces() -> set[str]:
    return {str(p) for p in Path("/run/netns").glob(f"mc-{NAME}-*")}


def _mounts(state_root: Path) -> set[str]:
    words = (str(state_root), f"mc-{NAME}")
    return {line for line in Path("/proc/self/mountinfo").read_text().splitlines() if any(w in line for w in words)}


def _groups() -> set[str]:
    return {str(p) for p in Path("/sys/fs/cgroup").glob(f"**/mc-{NAME}")}


def _processes(state_root: Path) -> set[str]:
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            groups = (folder / "cgroup").read_text()
        except OSError:
            continue
        if f"/mc-{NAME}" in groups or (str(state_root) in command and "pytest" not in command):
            found.add(f"{folder.name} {command}")
    return found


def _loops() -> set[str]:
    return {f"loop{loop.number} {loop.file}" for loop in attached() if NAME in loop.file}


@pytest.fixture(scope="module")
def bench(xiamen: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    found = Bench(tmp_path_factory.mktemp("state"), xiamen)
    try:
        found.run("up")
        yield found
    finally:
        found.run("down")


def test_every_machine_is_a_machine(bench: Bench) -> None:
    status = Lab(bench.site, NAME, bench.state, bench.state).status()
    assert status.up
    assert len(status.machines) == 8
    for machine in status.machines:
        said = bench.ssh(machine.address, "hostname; cat /proc/1/comm; systemctl is-system-running --wait")
        assert said.stdout.split() == [machine.name, "systemd", "running"], said


def test_up_again_changes_nothing(bench: Bench) -> None:
    before = Lab(bench.site, NAME, bench.state, bench.state).status()
    keys = (bench.state / "ssh/known_hosts").read_text()
    bench.run("up")
    after = Lab(bench.site, NAME, bench.state, bench.state).status()
    assert [(m.name, m.pid) for m in after.machines] == [(m.name, m.pid) for m in before.machines]
    assert (bench.state / "ssh/known_hosts").read_text() == keys


@pytest.fixture
def line(bench: Bench) -> Iterator[None]:
    """The telecom line between the hospital and the production centre, addressed by hand."""
    for machine, address in ((EDGE, "172.31.9.1"), (ROUTER, "172.31.9.2")):
        done = bench.ssh(machine, f"ip addr replace {address}/30 dev {LINE} && ip link set {LINE} up")
        assert done.returncode == 0, done.stderr
    yield
    bench.run("heal")


def _pings(bench: Bench) -> bool:
    return bench.ssh(EDGE, "ping -q -i 0.1 -c 3 -W 1 172.31.9.2").returncode == 0


def _carrier(bench: Bench, machine: str = EDGE) -> str:
    return bench.ssh(machine, f"cat /sys/class/net/{LINE}/carrier").stdout.strip()


@pytest.mark.usefixtures("line")
def test_a_line_has_its_delay(bench: Bench) -> None:
    said = bench.ssh(EDGE, "ping -q -i 0.05 -c 20 172.31.9.2").stdout
    fastest = float(said.split("min/avg/max/mdev = ")[1].split("/")[0])
    assert 1.2 <= fastest < 12  # 0.6 ms each way; a busy host adds to it, nothing takes away


@pytest.mark.usefixtures("line")
def test_a_cut_is_seen_on_both_ends(bench: Bench) -> None:
    assert (_pings(bench), _carrier(bench)) == (True, "1")
    bench.run("cut", LINE)
    assert (_pings(bench), _carrier(bench), _carrier(bench, ROUTER)) == (False, "0", "0")
    assert [fault["sentence"] for fault in bench.faults()] == [f"{LINE} is cut"]
    bench.run("heal", LINE)
    assert (_pings(bench), _carrier(bench)) == (True, "1")


@pytest.mark.usefixtures("line")
def test_an_isolated_centre_is_silent(bench: Bench) -> None:
    bench.run("isolate", "software-park-2")
    assert _carrier(bench) == "1"  # nothing tells the far end
    assert not _pings(bench)
    assert bench.ssh(ROUTER, "true").returncode == 255
    assert bench.ssh(NODE, "true").returncode == 255
    bench.run("up")  # bringing up what is missing is not healing
    assert bench.ssh(ROUTER, "true").returncode == 255
    bench.run("heal", "software-park-2")
    assert _pings(bench)
    assert bench.ssh(NODE, "true").returncode == 0


@pytest.mark.usefixtures("line")
def test_a_killed_machine_comes_back_with_its_disk(bench: Bench) -> None:
    bench.ssh(ROUTER, "echo kept > /root/kept; sync; ip addr add 172.31.8.1/32 dev lo")
    bench.run("kill", "software-park-2-router-1")
    assert (_pings(bench), _carrier(bench)) == (False, "0")
    assert bench.ssh(ROUTER, "true").returncode == 255
    bench.run("heal", "software-park-2-router-1")
    assert _carrier(bench) == "1" or "DOWN" in bench.ssh(ROUTER, f"ip -br link show {LINE}").stdout
    said = bench.ssh(ROUTER, "cat /root/kept; ip -br addr show lo")
    assert "kept" in said.stdout
    assert "172.31.8.1" not in said.stdout  # what only the kernel knew died with the power


_USE_A_LOOP = f"""set -e; truncate -s 32M /root/{NAME}.img; mkfs.ext4 -q /root/{NAME}.img
losetup -f /root/{NAME}.img; mount $(losetup -j /root/{NAME}.img | cut -d: -f1) /mnt
for folder in /mnt /root; do echo kept > $folder/kept; sync $folder/kept; echo lost > $folder/lost; done"""


def test_a_power_cut_loses_what_was_not_on_the_disk(bench: Bench) -> None:
    said = bench.ssh(NODE, _USE_A_LOOP)
    assert said.returncode == 0, said.stderr
    assert any(f"/root/{NAME}.img" in loop for loop in _loops())
    bench.run("kill", "software-park-2-node-1")
    assert not any("node-1" in loop or f"/root/{NAME}.img" in loop for loop in _loops() if "software-park-2" in loop)
    bench.run("heal")
    said = bench.ssh(NODE, f"cat /root/kept /root/lost; mount -o loop /root/{NAME}.img /mnt; cd /mnt; cat kept lost")
    assert said.stdout.split() == ["kept", "kept"], said


def test_a_wrong_name_is_bad_input(bench: Bench) -> None:
    done = subprocess.run(bench.words("cut", "xiamen", "mh-sp2-telekom"), capture_output=True, text=True)
    assert done.returncode == 2
    assert "did you mean 'mh-sp2-telecom'" in done.stderr


def _killed_up(bench: Bench, seconds: float, *options: str) -> None:
    """Start `up`, kill it the hard way after so many seconds."""
    words = bench.words("up", "xiamen")
    words[1:1] = options
    command = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    os.kill(command.pid, signal.SIGKILL)
    command.wait()


@pytest.mark.parametrize("seconds", [0.6, 0.9, 1.2, 1.6, 2.0, 2.5])
def test_a_killed_up_leaves_nothing_after_down(bench: Bench, seconds: float) -> None:
    bench.run("down")
    assert bench.traces() == set()
    _killed_up(bench, seconds)
    bench.run("down")
    assert bench.traces() == set()
    assert not (bench.state / "lab").exists()


def test_a_killed_up_is_finished_by_the_next(bench: Bench) -> None:
    for seconds in (0.8, 1.3, 1.8):
        _killed_up(bench, seconds)
    assert bench.run("up")["up"] is True
    assert bench.ssh(NODE, "hostname").stdout.strip() == "software-park-2-node-1"


def test_a_killed_image_build_publishes_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.run("down")
    command = subprocess.Popen(
        [MEDCLOUD, "--cache-dir", str(tmp_path), *bench.words("up", "xiamen")[1:]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    work = tmp_path / "images" / f".{NAME}+base" / "root"
    deadline = time.monotonic() + 60
    while not (work / "var").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(command.pid, signal.SIGKILL)
    command.wait()
    assert work.exists()
    done = subprocess.run(
        [MEDCLOUD, "--cache-dir", str(tmp_path), *bench.words("down", "xiamen")[1:]], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert bench.traces() == set()
    assert [p.name for p in (tmp_path / "images").iterdir() if p.is_dir()] == []
    bench.run("up")
