"""A campus for real, without clouds: edges, switches, wards, lines; what breaks is felt at the ward and measured."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inventory.load import BLUEPRINTS, load_site
from inventory.machines import machines
from tests.conftest import ProvisionedLab

pytestmark = pytest.mark.lab
EDGE, OTHER_EDGE, WARD = "main-hospital-edge-1", "main-hospital-edge-2", "main-hospital-ward-1"
BORDER, PRODUCTION_LAN = "software-park-2-router-1", "10.21.0.1"
TCM_EDGE, GAODIAN = "tcm-hospital-edge-1", "10.22.0.0/16"


class Campus:
    """The lab of a site folder without its remote centres; `run` types a command as a user would."""

    def __init__(self, folder: Path, lab: ProvisionedLab) -> None:
        self.folder, self.lab = str(folder), lab
        self.addresses = {m.name: str(m.management.ip) for m in machines(lab.site)}

    def on(self, host: str, command: str) -> str:
        """A command on a machine, by SSH as the operators do."""
        ssh = self.lab.state / "ssh"
        options = [f"UserKnownHostsFile={ssh / 'known_hosts'}", "StrictHostKeyChecking=yes", "LogLevel=ERROR"]
        words = [word for option in options for word in ("-o", option)]
        return self.lab.on_ops(
            "ssh", "-i", str(ssh / "id_ed25519"), *words, f"root@{self.addresses[host]}", command
        ).stdout

    def way(self, host: str, network: str) -> str:
        """The interface by which that host sends to the network; a route whose cable is dead is no way."""
        routes = [line.split() for line in self.on(host, f"ip -4 route show {network}").splitlines()]
        alive = [words for words in routes if "dead" not in words and "dev" in words]
        return alive[0][alive[0].index("dev") + 1] if alive else "none"

    def gateway(self) -> str:
        """The edge that has the gateway of the first ward's network, by the neighbour the ward knows."""
        names = [e for e in (EDGE, OTHER_EDGE) if "10.81.0.1/" in self.on(e, "ip -br -4 address show")]
        return " and ".join(names)

    def settled(self) -> bool:
        """Whether everything is on its preferred way: gateway and best line at the first edge, all lines up."""
        if self.gateway() != EDGE or self.way(EDGE, "10.21.0.0/16") != "mh-sp2-telecom":
            return False
        if self.way(BORDER, "10.81.0.0/25") != "mh-sp2-telecom" or self.way(TCM_EDGE, GAODIAN) != "tcm-gd-telecom":
            return False
        return self.lab.run("link", "status", self.folder, exit_code=None).returncode == 0

    def gap(self, *what: str) -> float:
        """Milliseconds without an answer at the ward when that breaks; printed, so that a run shows its figures."""
        eventually(self.settled)
        measured: dict[str, Any] = self.lab.json("link", "drill", self.folder, *what)
        print(f"{' '.join(what)}: {measured['gap_ms']} ms (before it at most {measured['usual_ms']} ms)")
        return float(measured["gap_ms"])


def eventually(check: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.3)


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campus]:
    """Two centres' routers and two campuses, configured; the centres' nodes stand and run nothing."""
    root = tmp_path_factory.mktemp("campus")
    folder = root / "xiamen"
    shutil.copytree(BLUEPRINTS / "xiamen", folder)
    text = (folder / "site.yml").read_text(encoding="utf-8")
    whole = "centres: [software-park-2, gaodian, fuzhou, software-park-3]"
    assert whole in text
    (folder / "site.yml").write_text(text.replace(whole, "centres: [software-park-2, gaodian]"), encoding="utf-8")
    lab = ProvisionedLab("campustest", root, load_site(folder))
    found = Campus(folder, lab)
    try:
        lab.run("lab", "up", str(folder))
        lab.run("apply", str(folder), "--only", "hosts,routers")
        yield found
    finally:
        lab.run("lab", "down", str(folder), exit_code=None)


@pytest.mark.parametrize(
    ("what", "most"),
    [
        (("--line", "mh-sp2-telecom"), 1000),
        (("--carrier", "telecom"), 1500),
        (("--cable", "uplink-61-1-1"), 1500),
        (("--edge", EDGE), 1500),
        (("--conduit", "tcm-gd-bridge-duct"), 2000),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_the_ward_goes_on_when_one_thing_breaks(campus: Campus, what: tuple[str, ...], most: float) -> None:
    """The bounds are for a busy machine; what is measured is printed and in the room's README."""
    assert campus.gap(*what) < most


def test_a_pulled_uplink_is_gone_round_by_the_other_edge(campus: Campus) -> None:
    """The carriers' lines stay where they are: the first edge reaches the ward over the cable to the second."""
    eventually(campus.settled)
    campus.lab.run("lab", "cut", campus.folder, "uplink-61-1-1")
    try:
        eventually(lambda: campus.way(EDGE, "10.81.0.0/25") == "edges-61", 20)
        assert "10.81.0.1/" in campus.on(OTHER_EDGE, "ip -br -4 address show")
        assert "10.81.0.129/" in campus.on(EDGE, "ip -br -4 address show"), "the other access network did not notice"
        assert campus.way(BORDER, "10.81.0.0/25") == "mh-sp2-telecom"
        assert "1 received" in campus.on(WARD, f"ping -c 1 -W 2 {PRODUCTION_LAN}")
    finally:
        campus.lab.run("lab", "heal", campus.folder)
    eventually(campus.settled)


def test_a_shared_conduit_takes_both_lines_and_the_site_survives(campus: Campus) -> None:
    eventually(campus.settled)
    campus.lab.run("lab", "cut", campus.folder, "tcm-gd-bridge-duct")
    try:
        eventually(lambda: campus.way(TCM_EDGE, GAODIAN).startswith("tcm-sp2-"), 20)
        states = {line["name"]: line["state"] for line in campus.lab.json("lab", "status", campus.folder)["lines"]}
        assert {name for name, state in states.items() if state != "up"} == {"tcm-gd-telecom", "tcm-gd-unicom"}
    finally:
        campus.lab.run("lab", "heal", campus.folder)
    eventually(campus.settled)


def test_a_fence_stands_on_both_edges_and_holds_against_the_cable(campus: Campus) -> None:
    """A service that one edge refuses does not come back to it by the other."""
    asn, service = campus.lab.site.centre("software-park-2").asn, "10.10.10.1/32"
    eventually(lambda: all(campus.way(edge, service) != "none" for edge in (EDGE, OTHER_EDGE)))
    try:
        campus.on(EDGE, f"systemctl enable -q --now medcloud-fence@{asn}.service")
        eventually(lambda: campus.way(EDGE, service) == "none", 20)
    finally:
        campus.on(EDGE, f"systemctl disable -q --now medcloud-fence@{asn}.service")
    eventually(lambda: campus.way(EDGE, service) == "mh-sp2-telecom", 20)
