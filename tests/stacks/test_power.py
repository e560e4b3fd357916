"""Servers' power through openstacksdk's own calls, on a compute service in memory."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from openstack.exceptions import SDKException

from inventory.error import MedcloudError
from stacks import look, power
from stacks.clouds import CloudAccess

ACCESS = CloudAccess("http://10.88.1.11:5000/v3", "secret")


class Compute:
    """Two servers, one on a host that is down; every start and stop is kept."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.broken = False
        self.there = [
            SimpleNamespace(name="a", status="SHUTOFF", hypervisor_hostname="host-1", task_state=None),
            SimpleNamespace(name="b", status="ACTIVE", hypervisor_hostname="host-2", task_state=None),
        ]

    def servers(self, details: bool, all_projects: bool) -> list[SimpleNamespace]:
        if self.broken:
            raise SDKException("Service Unavailable: HTTP 503 and a whole story")
        return self.there

    def hypervisors(self, details: bool) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="host-1", state="up"), SimpleNamespace(name="host-2", state="down")]

    def start_server(self, server: Any) -> None:
        self.asked.append(("start", server.name))

    def stop_server(self, server: Any) -> None:
        self.asked.append(("stop", server.name))


@pytest.fixture
def compute(monkeypatch: pytest.MonkeyPatch) -> Compute:
    compute = Compute()
    monkeypatch.setattr(look, "connector", lambda access: lambda project: SimpleNamespace(compute=compute))
    return compute


def test_status_and_host_of_every_server(compute: Compute) -> None:
    assert power.servers(ACCESS) == (("a", "SHUTOFF", True), ("b", "ACTIVE", False))


def test_only_what_is_not_so_yet_is_asked(compute: Compute) -> None:
    power.switch(ACCESS, ["a", "b"], on=True)
    power.switch(ACCESS, ["a", "b"], on=False)
    power.switch(ACCESS, [], on=True)
    assert compute.asked == [("start", "a"), ("stop", "b")]


def test_a_server_that_is_changing_already_is_left_alone(compute: Compute) -> None:
    compute.there[0].task_state = "powering-on"
    power.switch(ACCESS, ["a"], on=True)
    assert compute.asked == []


def test_a_missing_server_and_a_silent_cloud_are_told(compute: Compute) -> None:
    with pytest.raises(MedcloudError, match="has no server c"):
        power.switch(ACCESS, ["a", "c"], on=True)
    assert compute.asked == []
    compute.broken = True
    with pytest.raises(MedcloudError, match="Service Unavailable") as caught:
        power.servers(ACCESS)
    assert "whole story" not in str(caught.value) and "secret" not in str(caught.value)
