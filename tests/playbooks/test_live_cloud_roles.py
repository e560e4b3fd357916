"""The roles mariadb, rabbitmq, openstack, ovn, openstack_control and openstack_compute on the nodes of a lab."""

from __future__ import annotations

import pytest

from tests.conftest import ProvisionedLab
from tests.playbooks.test_live_roles import Hosts

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def hosts(xiamen_lab: ProvisionedLab) -> Hosts:
    return Hosts(xiamen_lab)


@pytest.fixture(scope="module")
def nodes(hosts: Hosts) -> list[str]:
    return [name for name, known in hosts.vars.items() if known["machine_kind"] == "node"]


def test_a_second_run_changes_nothing(xiamen_lab: ProvisionedLab) -> None:
    done = xiamen_lab.json("apply", "xiamen", "--only", "cloud")
    assert [(phase["name"], phase["changed"]) for phase in done["phases"]] == [("cloud", 0)]


def test_every_declared_hypervisor_is_up(hosts: Hosts, nodes: list[str]) -> None:
    query = "select host from services where topic = 'compute' and not forced_down and not disabled and not deleted"
    for node in nodes:
        declared = {host["name"] for host in hosts.vars[node]["cloud_counted_hosts"]} | {node}
        assert set(hosts.run(node, f'mariadb nova -N -e "{query}"').split()) == declared
        units = " ".join(f"openstack-nova-compute@{name}" for name in declared)
        assert set(hosts.run(node, f"systemctl is-active {units}").split()) == {"active"}


def test_the_switch_never_aborted(hosts: Hosts, nodes: list[str]) -> None:
    for node in nodes:
        assert hosts.run(node, "ovs-ofctl dump-flows br-int | grep -c 'nat(src)' || true").strip() == "0"
        assert hosts.run(node, "grep EMER /var/log/openvswitch/ovs-vswitchd.log || true") == ""


def test_no_password_is_in_the_process_list_or_open_to_others(hosts: Hosts, nodes: list[str]) -> None:
    for node in nodes:
        words = hosts.run(node, "cat /etc/nova/nova.conf | sed -n 's/^password = //p' | sort -u").split()
        listed = hosts.run(node, "ps axww -o args")
        assert words and not any(word in listed for word in words)
        secret = "grep -rlE '^(password|connection|transport_url|default_pass) = ' /etc --include='*.conf'"
        modes = hosts.run(node, f"{secret} | xargs stat -c '%a %n'").splitlines()
        assert [line for line in modes if not line.startswith(("640 ", "600 "))] == []


def test_the_apis_run_without_root(hosts: Hosts, nodes: list[str]) -> None:
    for node in nodes:
        owners = hosts.run(node, "ps -C uwsgi -o user:20=").split()
        assert len(owners) >= 6 and set(owners) == {"openstack"}
