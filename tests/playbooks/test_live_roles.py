"""The roles base, router, service_gateway, etcd, patroni, orthanc, ledger and guest on the machines of a lab."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from inventory.hosts import ansible_inventory
from inventory.model import CentreRole
from inventory.placement import instances
from tests.conftest import ProvisionedLab

pytestmark = pytest.mark.lab
EDGE = "main-hospital-edge-1"


class Hosts:
    """Commands on the lab's machines and instances, by SSH as the operators do."""

    def __init__(self, lab: ProvisionedLab) -> None:
        self.lab = lab
        self.vars: dict[str, Any] = ansible_inventory(lab.site)["all"]["hosts"]

    def run(self, host: str, command: str, check: bool = True) -> str:
        state = self.lab.state / "ssh"
        options = [f"UserKnownHostsFile={state / 'known_hosts'}", "StrictHostKeyChecking=yes", "LogLevel=ERROR"]
        words = [word for option in options for word in ("-o", option)]
        target = f"root@{self.vars[host]['ansible_host']}"
        done = self.lab.on_ops("ssh", "-i", str(state / "id_ed25519"), *words, target, command)
        assert not check or done.returncode == 0, f"{host}: {command}: {done.stdout}{done.stderr}"
        return done.stdout

    def best_line(self, host: str, prefix: str) -> str | None:
        """The interface by which that host reaches the prefix, None when it knows no way."""
        routes = json.loads(self.run(host, f"vtysh -c 'show ip route {prefix} json'")).get(prefix, [])
        hops = [hop for route in routes if route.get("selected") for hop in route["nexthops"]]
        return str(hops[0]["interfaceName"]) if hops else None


@pytest.fixture(scope="module")
def hosts(xiamen_lab: ProvisionedLab) -> Hosts:
    return Hosts(xiamen_lab)


def eventually(check: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.3)


def router_of(lab: ProvisionedLab, role: CentreRole) -> str:
    return f"{lab.site.centre_of_role(role).name}-router-1"


@pytest.fixture(scope="module")
def service(xiamen_lab: ProvisionedLab, hosts: Hosts) -> tuple[str, str]:
    """(router that holds the database's service address, the address as a prefix)."""
    production = router_of(xiamen_lab, CentreRole.PRODUCTION)
    address = next(s["address"] for s in hosts.vars[production]["services"] if s["system"] == "his-database")
    routers = [name for name, known in hosts.vars.items() if known["machine_kind"] == "router"]
    holders = [name for name in routers if address in hosts.run(name, "medcloud-service list").split()]
    assert len(holders) == 1
    return holders[0], f"{address}/32"


def test_a_second_run_changes_nothing(xiamen_lab: ProvisionedLab) -> None:
    done = xiamen_lab.json("apply", "xiamen", "--only", "hosts,routers,databases,pacs")
    assert {phase["name"]: phase["changed"] for phase in done["phases"]} == {
        "hosts": 0, "routers": 0, "databases": 0, "pacs": 0,
    }  # fmt: skip


def test_traffic_moves_to_the_other_carrier_and_back(
    xiamen_lab: ProvisionedLab, hosts: Hosts, service: tuple[str, str]
) -> None:
    _, prefix = service
    usual = hosts.best_line(EDGE, prefix)
    xiamen_lab.run("lab", "cut", "xiamen", str(usual))
    try:
        eventually(lambda: hosts.best_line(EDGE, prefix) not in (None, usual), 10)
    finally:
        xiamen_lab.run("lab", "heal", "xiamen")
    eventually(lambda: hosts.best_line(EDGE, prefix) == usual)


def test_a_wrong_announcement_is_not_taken(hosts: Hosts, service: tuple[str, str]) -> None:
    """A centre that claims a part of the campus network is heard and not believed."""
    liar, _ = service
    stolen = "10.81.0.200/32"
    place = hosts.vars[liar]["place"]
    claim = f"vtysh -c 'configure terminal' -c 'ip prefix-list {place} seq 900 permit {stolen}'"
    admit = claim.replace("ip prefix-list", "no ip prefix-list")
    lie, stop = f"{claim} && ip address add {stolen} dev svc0", f"ip address delete {stolen} dev svc0; {admit}"
    with undone(hosts, liar, lie, stop):
        lines = [line for line in hosts.vars[liar]["lines"] if line["peer_place"] != "main-hospital"]
        peer = lines[0]["peer"]
        sent = f"vtysh -c 'show bgp ipv4 unicast neighbors {peer} advertised-routes json'"
        eventually(lambda: stolen in hosts.run(liar, sent), 10)
        heard = f"vtysh -c 'show bgp ipv4 unicast {stolen} json'"
        assert json.loads(hosts.run(f"{lines[0]['peer_place']}-router-1", heard)).get("paths", []) == []


def test_a_fence_is_kept_by_a_restart_of_the_routing(hosts: Hosts, service: tuple[str, str]) -> None:
    holder, prefix = service
    asn = hosts.vars[holder]["asn"]
    unit = f"medcloud-fence@{asn}.service"
    with undone(hosts, EDGE, f"systemctl enable -q --now {unit}", f"systemctl disable -q --now {unit}"):
        eventually(lambda: hosts.best_line(EDGE, prefix) is None, 10)
        hosts.run(EDGE, "systemctl restart frr")
        fenced = f"systemctl is-active -q {unit} && vtysh -c 'show bgp as-path-access-list FENCED' | grep -q _{asn}"
        eventually(lambda: hosts.run(EDGE, f"{fenced} && echo yes", check=False).strip() == "yes", 20)
        eventually(lambda: hosts.best_line(EDGE, f"{hosts.vars[holder]['cloud_network']}") is not None)
        assert hosts.best_line(EDGE, prefix) is None
        assert "drop" in hosts.run(EDGE, f"nft list table inet fence_{asn}")
    eventually(lambda: hosts.best_line(EDGE, prefix) is not None)
    assert hosts.run(EDGE, f"nft list table inet fence_{asn} 2>&1 || true").startswith("Error")


def test_one_primary_one_synchronous_copy_one_remote(xiamen_lab: ProvisionedLab, hosts: Hosts) -> None:
    first = next(i for c in xiamen_lab.site.centres for i in instances(xiamen_lab.site, c.name)
                 if i.system.name == "his-database")  # fmt: skip
    listed = json.loads(hosts.run(first.name, "patronictl -c /etc/patroni/config.yml list -f json"))
    assert sorted(member["Role"] for member in listed) == ["Leader", "Replica", "Sync Standby"]
    assert {member["State"] for member in listed} <= {"running", "streaming"}
    leader = next(member["Member"] for member in listed if member["Role"] == "Leader")
    roles = hosts.run(
        leader, "runuser -u postgres -- psql -XAtc 'select rolname, left(rolpassword, 13) from pg_authid'"
    )
    assert "his_app|SCRAM-SHA-256" in roles


def test_an_image_reaches_the_other_archive(hosts: Hosts) -> None:
    here, there = sorted(name for name, known in hosts.vars.items() if known.get("system") == "pacs")
    before = [_images(hosts, name) for name in (here, there)]
    number = time.time_ns()
    lines = [
        "(0008,0016) UI =SecondaryCaptureImageStorage", f"(0008,0018) UI [1.2.826.0.1.3680043.{number}]",
        f"(0020,000d) UI [1.2.826.0.1.3680043.1.{number}]", f"(0020,000e) UI [1.2.826.0.1.3680043.2.{number}]",
        "(0010,0020) LO [SYNTH-1]", "(0008,0060) CS [OT]",
    ]  # fmt: skip
    text = "\\n".join(lines)
    hosts.run(here, f"printf '{text}\\n' > /tmp/x.dump && dump2dcm -q /tmp/x.dump /tmp/x.dcm && "
                    "storescu -aet CT1 -aec ANY 127.0.0.1 4242 /tmp/x.dcm")  # fmt: skip
    eventually(lambda: [_images(hosts, name) for name in (here, there)] == [count + 1 for count in before])


def _images(hosts: Hosts, name: str) -> int:
    """How many images that archive has; the password stays on the machine."""
    ask = ("""jq -r '.RegisteredUsers | to_entries[0] | "user = \\(.key):\\(.value)"' /etc/orthanc/orthanc.json """
           "| curl -sK - http://127.0.0.1:8042/statistics | jq .CountInstances")  # fmt: skip
    return int(hosts.run(name, ask))


@pytest.mark.parametrize("setting", ["passwordauthentication no", "permitrootlogin without-password"])
def test_ssh_takes_keys_only(hosts: Hosts, setting: str) -> None:
    for host in (EDGE, "main-hospital-ward-1", "his-database-gaodian-1"):
        assert setting in hosts.run(host, "sshd -T").lower().splitlines()


@contextmanager
def undone(hosts: Hosts, host: str, do: str, undo: str) -> Iterator[None]:
    """Do something on a host and take it back, whatever happens between."""
    hosts.run(host, do)
    try:
        yield
    finally:
        hosts.run(host, undo)
