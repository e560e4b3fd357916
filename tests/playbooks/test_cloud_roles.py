"""What the roles of the private cloud write and do: openstack, ovn, openstack_control, openstack_compute.

The settings of mariadb and rabbitmq are proved by the lab: the cloud does not come up without them.
"""

from __future__ import annotations

import configparser
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

from inventory.hosts import ansible_inventory
from inventory.load import load_site
from playbooks import runner

ROLES = Path(__file__).resolve().parents[2] / "playbooks" / "roles"
NODE = "software-park-2-node-1"
CONTROL = ("keystone.conf", "nova-control.conf", "ml2.ini", "cinder.conf", "databases.sql", "catalog.json")
SECRETS = {
    "keystone_admin": "hush-admin", "rabbitmq": "hush-bus",
    **{f"service_{name}": f"hush-service-{name}" for name in ("nova", "neutron", "glance", "cinder", "placement")},
    **{f"db_{name}": f"hush-db-{name}" for name in ("keystone", "placement", "glance", "nova", "neutron", "cinder")},
}  # fmt: skip


def _write(folder: Path, src: Path, name: str) -> dict[str, Any]:
    return {"ansible.builtin.template": {"src": str(src), "dest": f"{folder}/{name}", "mode": "0600"}}


def _tasks(folder: Path) -> list[dict[str, Any]]:
    control, compute = ROLES / "openstack_control" / "templates", ROLES / "openstack_compute" / "templates"
    tasks = [_write(folder, control / f"{name}.j2", name) for name in CONTROL]
    tasks.append(_write(folder, ROLES / "openstack" / "templates" / "nova.conf.j2", "nova.conf"))
    tasks.append(_write(folder, ROLES / "ovn" / "templates" / "ovn-node.j2", "ovn-node"))
    counted = _write(folder, compute / "counted.conf.j2", "{{ item.name }}.conf")
    return [*tasks, {**counted, "loop": "{{ cloud_counted_hosts }}"}]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the production node, rendered by Ansible itself."""
    folder = tmp_path_factory.mktemp("written")
    defaults = [str(ROLES / role / "defaults" / "main.yml") for role in ("openstack", "ovn", "openstack_control")]
    play = {"hosts": NODE, "gather_facts": False, "vars_files": defaults, "tasks": _tasks(folder)}
    (folder / "write.yml").write_text(yaml.safe_dump([play]))
    inventory = ansible_inventory(load_site("xiamen"))
    inventory["all"]["vars"] |= {"ansible_connection": "local"}
    stronger = {name: value for name, value in inventory["all"]["hosts"][NODE].items() if name.startswith("ovn_")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "PLAYBOOKS", folder)
        runner.run_playbook(
            "write", inventory, private_dir=folder / "private", key_file=folder / "key", known_hosts=folder / "known",
            extravars={**stronger, "secrets": {}, "centre_secrets": {"software-park-2": SECRETS}},
        ).require_success()  # fmt: skip
    return folder


def settings(written: Path, name: str) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.read(written / name)
    return found


def test_a_counted_hypervisor_offers_what_is_declared(written: Path) -> None:
    node = ansible_inventory(load_site("xiamen"))["all"]["hosts"][NODE]
    assert node["cloud_counted_hosts"]
    for host in node["cloud_counted_hosts"]:
        found = settings(written, f"{host['name']}.conf")["DEFAULT"]
        assert found["compute_driver"] == "fake.FakeDriverWithoutFakeNodes"
        assert 1000 - int(found["reserved_host_cpus"]) == host["vcpus"]
        assert 800000 - int(found["reserved_host_memory_mb"]) == host["memory_mb"]
        assert 600000 - int(found["reserved_host_disk_mb"]) // 1024 == host["disk_gb"]


def test_neutron_binds_the_ports_of_counted_hypervisors_to_nothing(written: Path) -> None:
    node = ansible_inventory(load_site("xiamen"))["all"]["hosts"][NODE]
    found = settings(written, "ml2.ini")
    assert found["ml2"]["mechanism_drivers"] == "ovn,counted"
    assert found["ml2_counted"]["hosts"].split(",") == [host["name"] for host in node["cloud_counted_hosts"]]


def test_cinder_has_a_pool_of_the_declared_size_per_storage_tier(written: Path) -> None:
    centre = load_site("xiamen").centre("software-park-2")
    pools = dict(item.split(":") for item in settings(written, "cinder.conf")["sparse"]["sparse_pools"].split(","))
    assert {tier: int(size) for tier, size in pools.items()} == {
        tier: sum(p.usable_gb for p in centre.pools if p.tier == tier) for tier in {p.tier for p in centre.pools}
    }


def test_nova_on_a_hypervisor_knows_no_database(written: Path) -> None:
    assert not {"database", "api_database"} & set(settings(written, "nova.conf").sections())
    assert "hush-db-nova" in settings(written, "nova-control.conf")["database"]["connection"]
    assert "hush-db" not in (written / "nova.conf").read_text()


def test_every_service_logs_in_to_its_own_databases_only(written: Path) -> None:
    grants = [line for line in (written / "databases.sql").read_text().splitlines() if line.startswith("grant")]
    assert "grant all on nova_cell0.* to 'nova'@'%';" in grants
    assert all(line.split()[5].strip("';").split("'@'")[0] in line.split()[3] for line in grants)


def test_the_switch_leaves_out_the_nat_that_aborts_it_in_userspace(written: Path) -> None:
    text = (written / "ovn-node").read_text()
    assert "ct_zero_snat=false" in text and "datapath_type=netdev" in text
    assert subprocess.run(["sh", "-n", str(written / "ovn-node")], check=False).returncode == 0


FAKE_SYSTEMCTL = """#!/bin/bash
echo "$*" >>"$CALLS"
case $1 in is-enabled) exit ${ENABLED:-0} ;; is-active) exit ${ACTIVE:-0} ;; restart) exit ${RESTART:-0} ;; esac
"""


@pytest.fixture
def converge(tmp_path: Path) -> Callable[..., str]:
    """Run units-converge on one unit with one file against a systemctl that writes down what it is told."""
    (tmp_path / "systemctl").write_text(FAKE_SYSTEMCTL)
    (tmp_path / "systemctl").chmod(0o755)
    (tmp_path / "unit.conf").write_text("x")

    def run(**answers: str) -> str:
        variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CALLS": str(tmp_path / "calls"),
                     "UNITS_CONVERGE_STAMPS": str(tmp_path / "stamps"), **answers}  # fmt: skip
        script = str(ROLES / "openstack" / "files" / "units-converge")
        done = subprocess.run(["bash", script], input=f"unit {tmp_path}/unit.conf\n", env=variables, text=True,
                              capture_output=True, check=True)  # fmt: skip
        return done.stdout

    return run


def test_a_unit_is_restarted_once_for_a_newer_file(converge: Callable[..., str], tmp_path: Path) -> None:
    assert converge() == "changed: restarted unit\n"
    assert converge() == ""
    time.sleep(0.02)
    (tmp_path / "unit.conf").write_text("y")
    assert converge() == "changed: restarted unit\n"


def test_a_restart_that_fails_is_tried_again(converge: Callable[..., str]) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        converge(RESTART="1")
    assert converge() == "changed: restarted unit\n"


def test_a_unit_that_lies_down_is_enabled_and_started(converge: Callable[..., str], tmp_path: Path) -> None:
    converge()
    assert converge(ACTIVE="3", ENABLED="1") == "changed: enabled unit\nchanged: started unit\n"
    assert (tmp_path / "calls").read_text().splitlines()[-1] == "start --quiet unit"


def _driver(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The volume driver with Cinder's modules replaced by names that do nothing."""

    class Base:
        def __init__(self) -> None: ...

    class InvalidVolume(Exception):
        def __init__(self, reason: str) -> None:
            super().__init__(reason)

    stubs: dict[str, Any] = {
        "cinder": SimpleNamespace(exception=SimpleNamespace(InvalidVolume=InvalidVolume),
                                  interface=SimpleNamespace(volumedriver=lambda cls: cls)),
        "cinder.image": SimpleNamespace(image_utils=None),
        "cinder.volume": SimpleNamespace(configuration=SimpleNamespace(SHARED_CONF_GROUP="x"),
                                         driver=SimpleNamespace(VolumeDriver=Base), volume_utils=None),
        "oslo_config": SimpleNamespace(cfg=SimpleNamespace(
            StrOpt=lambda *a, **k: None, DictOpt=lambda *a, **k: None,
            CONF=SimpleNamespace(register_opts=lambda *a, **k: None))),
        "oslo_utils": SimpleNamespace(units=SimpleNamespace(Gi=1, Ti=1024)),
    }  # fmt: skip
    for name, stub in stubs.items():
        monkeypatch.setitem(sys.modules, name, stub)
    path = ROLES / "openstack" / "files" / "site-packages" / "medcloud_openstack" / "volume.py"
    spec = importlib.util.spec_from_file_location("volume_driver", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_volume_larger_than_a_file_is_cut_and_grown_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    volume = _driver(monkeypatch)
    driver, path = volume.SparseFileDriver.__new__(volume.SparseFileDriver), str(tmp_path / "v")
    driver._resize(path, 20_000)  # units are bytes here: one file holds 8 × 1024
    sizes = [Path(chunk).stat().st_size for chunk in volume._chunks(path)]
    assert sizes == [8192, 8192, 3616]
    driver._resize(path, 25_000)
    assert [Path(chunk).stat().st_size for chunk in volume._chunks(path)] == [8192, 8192, 8192, 424]
    with pytest.raises(Exception, match="not one file"):
        volume._only_file(path)
    volume._remove(path)
    assert volume._chunks(path) == []
