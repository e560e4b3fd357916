"""One bare lab for the tests of faults and storms: two centres, a campus, the lines between them, cabled by hand."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from inventory.load import load_site
from inventory.machines import Wire
from inventory.model import Site
from lab import linux, namespaces
from lab.builder import greets
from lab.lab import Lab
from lab.scene import Scene
from lab.wiring import Line, plan
from tests.conftest import MEDCLOUD

NAME = "faulttest"
HERE, THERE, THIRD = "main-hospital", "software-park-2", "gaodian"
CACHE = Path.home() / ".cache" / "medcloud"
BLUEPRINT = Path(__file__).resolve().parents[2] / "inventory" / "blueprints" / "xiamen"


def eventually(what: Callable[[], object], patience: float = 60.0) -> None:
    """Wait until it holds; the test fails when it does not in time."""
    deadline = time.monotonic() + patience
    while not what():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


@dataclass(frozen=True)
class Bench:
    """The lab, and what can be seen of it from its machines' networks."""

    lab: Lab
    folder: Path
    state_root: Path

    @property
    def state(self) -> Path:
        return self.state_root / NAME

    def line(self, a: str = HERE, b: str = THERE, number: int = 0) -> Line:
        return [item.line for item in self.lab.lines if set(item.line.places) == {a, b}][number]

    def end(self, line: Line, place: str) -> str:
        """The machine at that place's end of a line."""
        return line.machines[line.places.index(place)]

    def address(self, machine: str, line: Line) -> str:
        found = [i for m in self.lab.machines if m.name == machine for i in m.machine.interfaces if i.name == line.name]
        assert found[0].address is not None
        return str(found[0].address.ip)

    def management(self, machine: str) -> str:
        return next(str(m.machine.management.ip) for m in self.lab.machines if m.name == machine)

    def first(self, place: str, kind: str) -> str:
        return next(m.name for m in self.lab.machines if (m.machine.place, str(m.machine.kind)) == (place, kind))

    def wire(self) -> None:
        """Give every line the addresses that the model has for it, as the roles would."""
        for machine in self.lab.machines:
            lines = [i for i in machine.machine.interfaces if i.wire is Wire.LINE]
            commands = [f"addr replace {i.address} dev {i.name}" for i in lines]
            namespaces.batch(machine.netns, [*commands, *(f"link set {i.name} up" for i in lines)])

    def command(self, machine: str, *words: str) -> list[str]:
        """The command line of a program of a machine's own, run on that machine."""
        init = next(m.init for m in self.lab.machines if m.name == machine)
        assert init is not None, f"{machine} has no power"
        return ["nsenter", f"--target={init.pid}", "--mount", "--net", "--root", "--wd", "--", *words]

    def on(self, machine: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(machine, *words), capture_output=True, text=True, timeout=120)

    def pings(self, machine: str, address: str) -> bool:
        return self.on(machine, "ping", "-q", "-c", "1", "-W", "1", address).returncode == 0

    def crosses(self, line: Line) -> bool:
        """Whether a ping from its first end comes back from its second."""
        return self.pings(line.machines[0], self.address(line.machines[1], line))

    def fastest_ms(self, line: Line, count: int = 5) -> float:
        """The shortest round trip, milliseconds."""
        target = self.address(line.machines[1], line)
        said = self.on(line.machines[0], "ping", "-q", "-i", "0.05", "-c", str(count), target).stdout
        return float(said.split("min/avg/max/mdev = ")[1].split("/")[0])

    def carrier(self, line: Line, end: int = 0) -> bool:
        shown = namespaces.run("ip", "-n", f"mc-{NAME}-{line.machines[end]}", "-json", "link", "show", line.name)
        return "LOWER_UP" in json.loads(shown)[0]["flags"]

    def ssh(self, machine: str, command: str) -> subprocess.CompletedProcess[str]:
        """A command on a machine as an operator gives it, host key checked."""
        keys = self.state / "ssh"
        options = ["BatchMode=yes", "LogLevel=ERROR", f"UserKnownHostsFile={keys / 'known_hosts'}", "ConnectTimeout=3"]
        flags = [word for option in options for word in ("-o", option)]
        login = f"root@{self.management(machine)}"
        words = [
            "ip",
            "netns",
            "exec",
            self.lab.ops_netns,
            "ssh",
            "-i",
            str(keys / "id_ed25519"),
            *flags,
            login,
            command,
        ]
        return subprocess.run(words, capture_output=True, text=True, timeout=30)

    def answers(self, machine: str) -> bool:
        """Whether operators get its SSH greeting."""
        with linux.in_network(namespaces.path(self.lab.ops_netns)):
            return greets(self.management(machine))

    def words(self, *words: str) -> list[str]:
        """The command line of `medcloud lab VERB <this site> ...`."""
        verb, *rest = words
        base = [MEDCLOUD, "--state-dir", str(self.state_root), "--cache-dir", str(CACHE), "--lab", NAME]
        return [*base, "lab", verb, str(self.folder), *rest]

    def sentences(self) -> list[str]:
        return [fault.sentence for fault in self.lab.status().faults]


def small_site(folder: Path) -> Path:
    """The Xiamen blueprint with a lab profile of three places."""
    shutil.copytree(BLUEPRINT, folder)
    for file in folder.glob("*.yml"):
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "lab" in raw:
            raw["lab"] = {**raw["lab"], "centres": [THERE, THIRD], "campuses": [HERE]}
            file.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_site(tmp_path_factory.mktemp("site") / "small")


@pytest.fixture(scope="session")
def site(site_folder: Path) -> Site:
    return load_site(str(site_folder))


@pytest.fixture(scope="session")
def scene(site: Site) -> Scene:
    """For the pure parts: a lab that is not up."""
    return Scene(NAME, site, plan(site), {}, Path("/nonexistent"))


@pytest.fixture(scope="session")
def built(site: Site, site_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    root = tmp_path_factory.mktemp("state")
    lab = Lab(site, NAME, root / NAME, CACHE)
    try:
        lab.up()
        yield Bench(lab, site_folder, root)
    finally:
        lab.down()


@pytest.fixture
def bench(built: Bench) -> Iterator[Bench]:
    """The lab, whole and cabled; what the test broke is healed after it."""
    built.wire()
    yield built
    built.lab.heal()
