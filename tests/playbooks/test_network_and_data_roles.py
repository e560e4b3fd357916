"""What the roles router, service_gateway, etcd, patroni and orthanc write for the Xiamen hospital."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from inventory.hosts import ansible_inventory
from inventory.model import Site
from playbooks import runner

ROLES = Path(__file__).resolve().parents[2] / "playbooks" / "roles"
SECRETS = ("his_app", "orthanc", "patroni_rest", "postgres_replication", "postgres_rewind", "postgres_superuser")
WRITTEN = (
    ("routers:edges", "router", "frr.conf"),
    ("routers:edges", "router", "nftables.conf"),
    ("edges", "campus_gateway", "keepalived.conf"),
    ("routers", "service_gateway", "haproxy.cfg"),
    ("databases", "etcd", "etcd.env"),
    ("databases", "patroni", "patroni.yml"),
    ("pacs", "orthanc", "orthanc.json"),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `<host>/<file>`: every template rendered by Ansible itself, on this machine."""
    from inventory.load import load_site

    folder = tmp_path_factory.mktemp("written")
    plays = [_play(folder, *item) for item in WRITTEN]
    (folder / "write.yml").write_text(yaml.safe_dump(plays))
    inventory = ansible_inventory(load_site("xiamen"))
    inventory["all"]["vars"] |= {"ansible_connection": "local"}
    patch = pytest.MonkeyPatch()
    patch.setattr(runner, "PLAYBOOKS", folder)
    result = runner.run_playbook(
        "write",
        inventory,
        private_dir=folder / "private",
        key_file=folder / "key",
        known_hosts=folder / "known_hosts",
        extravars={"secrets": {name: f"hush-{name}" for name in SECRETS}},
    )
    patch.undo()
    result.require_success()
    return folder


def _play(folder: Path, hosts: str, role: str, name: str) -> dict[str, Any]:
    files = [str(path) for part in ("defaults", "vars") if (path := ROLES / role / part / "main.yml").exists()]
    tasks = [
        {"ansible.builtin.file": {"path": f"{folder}/{{{{ inventory_hostname }}}}", "state": "directory"}},
        {
            "ansible.builtin.template": {
                "src": str(ROLES / role / "templates" / name),
                "dest": f"{folder}/{{{{ inventory_hostname }}}}/{name}",
                "mode": "0600",
            }
        },
    ]
    return {"hosts": hosts, "gather_facts": False, "vars_files": files, "tasks": tasks}


def read(written: Path, host: str, name: str) -> str:
    return (written / host / name).read_text()


@pytest.mark.parametrize("router", ["software-park-2-router-1", "gaodian-router-1", "main-hospital-edge-1"])
def test_no_line_takes_a_route_that_nobody_declared(written: Path, router: str) -> None:
    text = read(written, router, "frr.conf")
    inbound = re.findall(r"neighbor (\S+) route-map (in-\S+|from-edge) in", text)
    assert len(inbound) == text.count("remote-as") > 0
    for _, name in inbound:
        clauses = re.findall(rf"route-map {name} (\w+) (\d+)\n(.*?)\nexit", text, re.S)
        assert clauses[0][0] == "deny" and "as-path FENCED" in clauses[0][2]
        permits = [body for verb, _, body in clauses if verb == "permit"]
        assert permits and all("match as-path" in body and "match ip address prefix-list" in body for body in permits)


def test_the_first_carrier_is_preferred_between_the_same_places(written: Path) -> None:
    text = read(written, "software-park-2-router-1", "frr.conf")
    metric = dict(re.findall(r"route-map in-(mh-sp2-\w+) permit \d+\n.*?set metric (\d+)", text, re.S))
    assert int(metric["mh-sp2-telecom"]) < int(metric["mh-sp2-unicom"])


def test_each_edge_knows_what_the_other_knows_but_no_fenced_service(written: Path) -> None:
    text = read(written, "main-hospital-edge-1", "frr.conf")
    assert "neighbor 172.21.61.2 remote-as 65061" in text and "neighbor 172.21.61.2 route-map from-edge in" in text
    clauses = re.findall(r"route-map from-edge (\w+) (\d+)\n(.*?)\nexit", text, re.S)
    assert clauses[0][0] == "deny" and "as-path FENCED" in clauses[0][2]
    assert "172.21" not in read(written, "tcm-hospital-edge-1", "frr.conf"), "an only edge has no other"


def test_the_gateways_are_shared_where_there_are_two_edges(written: Path) -> None:
    first, second = (read(written, f"main-hospital-edge-{number}", "keepalived.conf") for number in (1, 2))
    for text, priority in ((first, 150), (second, 100)):
        assert re.findall(r"virtual_ipaddress \{\s+(\S+)", text) == ["10.81.0.1/25", "10.81.0.129/25"]
        assert text.count(f"priority {priority}\n") == 2 and "vrrp_version 3" in text
    filters = read(written, "main-hospital-edge-2", "nftables.conf")
    assert 'iifname "uplink-61-1-2" ip saddr { 10.81.0.2 } ip protocol 112 accept' in filters


def test_a_campus_is_no_way_through(written: Path) -> None:
    campus = read(written, "main-hospital-edge-1", "frr.conf")
    centre = read(written, "gaodian-router-1", "frr.conf")
    assert re.search(r"route-map out permit 10\n match as-path own\nexit", campus)
    assert re.search(r"route-map out permit 10\nexit", centre)


def test_the_management_plane_of_a_router_is_the_operators(written: Path, xiamen: Site) -> None:
    text = read(written, "gaodian-router-1", "nftables.conf")
    chain = text[text.index("chain input") : text.index("chain forward")]
    ssh = [line for line in chain.splitlines() if "dport 22 " in line]
    assert len(ssh) == 1 and 'iifname "eth0" ip saddr @operators' in ssh[0]
    assert text.count("policy drop") == 2
    bgp = [line for line in chain.splitlines() if "dport 179" in line]
    assert bgp and all(re.search(r'iifname "[\w-]+" ip saddr 172\.20\.\S+ tcp dport 179 accept', line) for line in bgp)


def test_a_database_is_offered_only_while_it_is_primary(written: Path) -> None:
    text = read(written, "gaodian-router-1", "haproxy.cfg")
    block = text[text.index("listen his-database-5432") :].split("\nlisten ")[0]
    assert "option httpchk GET /primary" in block and "check port 8008" in block
    assert re.search(r"bind 10\.10\.10\.\d+:5432", block)
    assert "software-park-2" not in block, "a gateway speaks for its own centre only"


def test_a_centre_without_services_runs_no_load_balancer(xiamen: Site) -> None:
    """HAProxy takes no configuration without a listener: the analytics centre holds no service."""
    hosts = ansible_inventory(xiamen)["all"]["hosts"]
    assert hosts["software-park-3-router-1"]["services"] == [] != hosts["fuzhou-router-1"]["services"]
    tasks = yaml.safe_load((ROLES / "service_gateway" / "tasks" / "configure.yml").read_text(encoding="utf-8"))
    written, run = (next(task for task in tasks if word in task["name"]) for word in ("configuration", "Run the load"))
    assert written["when"] == "services | length > 0"
    assert "services" in run["ansible.builtin.systemd_service"]["enabled"]


def test_the_remote_copy_is_never_promoted_and_spares_the_long_line(written: Path) -> None:
    remote = yaml.safe_load(read(written, "his-database-fuzhou-1", "patroni.yml"))
    near = yaml.safe_load(read(written, "his-database-gaodian-1", "patroni.yml"))
    assert remote["tags"] == {"nofailover": True, "nosync": True, "replicatefrom": "his-database-gaodian-1"}
    assert near["tags"] == {"nofailover": False}
    assert near["postgresql"]["basebackup"] == [{"checkpoint": "fast"}], "copied anew in seconds, not in minutes"
    settings = near["bootstrap"]["dcs"]
    assert settings["synchronous_mode"] is True
    assert settings["loop_wait"] + 2 * settings["retry_timeout"] <= settings["ttl"]


def test_a_member_asks_its_own_etcd_first_which_no_other_centres_loss_takes_away(written: Path) -> None:
    for name in ("his-database-fuzhou-1", "his-database-gaodian-1"):
        settings = yaml.safe_load(read(written, name, "patroni.yml"))
        own = settings["restapi"]["listen"].partition(":")[0]
        assert settings["etcd3"]["use_proxies"] is True, "else Patroni picks any of them"
        assert settings["etcd3"]["hosts"][0] == f"{own}:2379" and len(set(settings["etcd3"]["hosts"])) == 3


def test_in_a_lab_the_log_cannot_fill_an_instances_small_disk(written: Path) -> None:
    """Half a gigabyte is free on it; the biggest keeper decides, they do not add up."""
    parameters = yaml.safe_load(read(written, "his-database-gaodian-1", "patroni.yml"))["bootstrap"]["dcs"][
        "postgresql"
    ]["parameters"]
    keepers = {name: parameters[name] for name in ("wal_keep_size", "max_slot_wal_keep_size", "max_wal_size")}
    assert max(int(size.removesuffix("MB")) for size in keepers.values()) <= 256, keepers
    assert int(parameters["min_wal_size"].removesuffix("MB")) < int(parameters["max_wal_size"].removesuffix("MB"))


def test_no_client_network_may_log_in_as_superuser(written: Path) -> None:
    rules = yaml.safe_load(read(written, "his-database-gaodian-1", "patroni.yml"))["postgresql"]["pg_hba"]
    clients = [rule for rule in rules if rule.startswith("hostssl all all ")]
    assert clients, "clients must get in at all"
    for rule in clients:
        network = rule.split()[3]
        refusal = f"host all postgres,rewind,replicator {network} reject"
        assert refusal in rules and rules.index(refusal) < rules.index(rule)
    assert not [rule for rule in rules if rule.split()[-1] in ("trust", "password", "md5")]


def test_etcd_has_a_member_in_every_centre(written: Path) -> None:
    text = read(written, "his-database-gaodian-1", "etcd.env").splitlines()
    lines = dict(line.split("=", 1) for line in text if line and not line.startswith("#"))
    members = dict(item.split("=") for item in lines["ETCD_INITIAL_CLUSTER"].split(","))
    assert len(members) == 3 and lines["ETCD_NAME"] in members
    assert lines["ETCD_INITIAL_ADVERTISE_PEER_URLS"] == members[lines["ETCD_NAME"]]


def test_an_archive_knows_the_other_one_and_asks_for_a_password(written: Path) -> None:
    settings = json.loads(read(written, "pacs-gaodian-1", "orthanc.json"))
    assert list(settings["DicomModalities"]) == ["pacs-software-park-2-1"]
    assert settings["AuthenticationEnabled"] is True and settings["RegisteredUsers"] == {"medcloud": "hush-orthanc"}
    assert all(len(title) <= 16 for title, *_ in settings["DicomModalities"].values())
