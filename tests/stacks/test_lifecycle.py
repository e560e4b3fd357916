"""The generic engine, resource by resource: the same tests run on the fake cloud and, marked `lab`, on a real API."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from inventory.error import MedcloudError
from stacks.clouds import CloudAccess, Clouds, Connect, connector
from stacks.lifecycle import Lifecycle
from stacks.spec import Inputs, load
from tests.stacks.fake_cloud import FakeCloud

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4m0T2r0vKXyuVbnLgO5rQ6ZbJmGx0cH1n9w8o7p6q5 test"
QUOTA = {"instances": 20, "cores": 40, "ram_mb": 81920, "server_groups": 5, "server_group_members": 20, "key_pairs": 9,
         "networks": 9, "subnets": 9, "ports": 99, "routers": 3, "floating_ips": 5, "security_groups": 9,
         "security_group_rules": 99, "volumes": 9, "volume_gb": 5000}


@dataclass
class Bench:
    """One test's own corner of a cloud; everything made is deleted in reverse order."""

    connect: Connect
    name: str
    made: list[tuple[str, str, Inputs]] = field(default_factory=list)

    def engine(self) -> Lifecycle:
        """A new process's view: no listing is remembered."""
        return Lifecycle(Clouds(self.connect), self.name)

    def create(self, kind: str, **inputs: Any) -> tuple[str, Inputs]:
        thing_id, state = self.engine().create(load(kind), inputs, 120)
        if all(made[1] != thing_id for made in self.made):
            self.made.append((kind, thing_id, state))
        return thing_id, state

    def read(self, kind: str, thing_id: str, state: Inputs) -> Inputs | None:
        return self.engine().read(load(kind), thing_id, state)

    def project(self) -> str:
        project_id, _ = self.create("project", name=self.name)
        self.create("quota", project_id=project_id, **QUOTA)
        return project_id

    def server(self, number: int = 10, **more: Any) -> dict[str, Any]:
        """The inputs of a server with everything that it needs."""
        project_id = self.project()
        network_id, _ = self.create("network", name=self.name, project_id=project_id)
        subnet_id, _ = self.create(
            "subnet", name=self.name, project_id=project_id, network_id=network_id, cidr="10.99.1.0/24",
            gateway="10.99.1.1", allocation_pools=[{"start": "10.99.1.200", "end": "10.99.1.250"}])
        group_id, _ = self.create("security_group", name=self.name, project_id=project_id, ingress=[])
        self.create("flavor", name=self.name, vcpus=2, ram_mb=4096)
        self.create("keypair", name=self.name, public_key=KEY)
        image_id, _ = self.create("image", name=self.name, project_id=project_id, hypervisor="fake", content="none")
        return {"name": self.name, "project_id": project_id, "image_id": image_id, "flavor": self.name,
                "key_name": self.name, "network_id": network_id, "subnet_id": subnet_id,
                "address": f"10.99.1.{number}", "security_group_ids": [group_id],
                "metadata": {"medcloud:runs": "counted"}} | more

    def clean(self) -> None:
        for kind, thing_id, state in reversed(self.made):
            self.engine().delete(load(kind), thing_id, state, 120)


def real_connector() -> Connect:
    """The API that MEDCLOUD_TEST_CLOUD names as `auth_url,password,region`."""
    wanted = os.environ.get("MEDCLOUD_TEST_CLOUD")
    if not wanted:
        pytest.skip("MEDCLOUD_TEST_CLOUD=auth_url,password,region names no cloud")
    auth_url, password, region = wanted.split(",")
    return connector(CloudAccess(auth_url, password, region=region))


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.lab)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    connect = FakeCloud().connect if request.param == "fake" else real_connector()
    bench = Bench(connect, f"test-{uuid.uuid4().hex[:8]}")
    yield bench
    bench.clean()


class TestLifecycle:
    def test_a_second_create_adopts_the_first(self, bench: Bench) -> None:
        project_id = bench.project()
        first = bench.create("network", name="zone", project_id=project_id)
        second = bench.create("network", name="zone", project_id=project_id)
        assert second == first

    def test_quota_is_what_was_asked(self, bench: Bench) -> None:
        project_id = bench.project()
        assert bench.read("quota", project_id, {"project_id": project_id}) == {"project_id": project_id, **QUOTA}

    def test_quota_drift_is_seen_and_put_right(self, bench: Bench) -> None:
        project_id = bench.project()
        bench.connect(None).compute.update_quota_set(project_id, **{"cores": 1, "instances": 20})
        spec, wish = load("quota"), {"project_id": project_id, **QUOTA}
        state = bench.read("quota", project_id, wish)
        assert state is not None and "cores" in spec.changes(state, wish)
        after = bench.engine().update(spec, project_id, state, wish, 60)
        assert spec.changes(after, wish) == []

    def test_a_read_of_what_is_gone_is_none(self, bench: Bench) -> None:
        project_id = bench.project()
        network_id, state = bench.create("network", name="zone", project_id=project_id)
        bench.connect(project_id).network.delete_network(network_id)
        assert bench.read("network", network_id, state) is None

    def test_a_delete_of_what_is_gone_is_done(self, bench: Bench) -> None:
        project_id = bench.project()
        network_id, state = bench.create("network", name="zone", project_id=project_id)
        for _ in range(2):
            bench.engine().delete(load("network"), network_id, state, 60)
        assert bench.read("network", network_id, state) is None

    def test_security_group_holds_exactly_the_declared_rules(self, bench: Bench) -> None:
        project_id = bench.project()
        rules = [{"protocol": "tcp", "source": "10.0.0.0/8", "port": 5432},
                 {"protocol": "icmp", "source": "10.0.0.0/8"}]
        group_id, state = bench.create("security_group", name="zone", project_id=project_id, ingress=rules)
        spec = load("security_group")
        wish = {"name": "zone", "project_id": project_id, "ingress": list(reversed(rules))}
        assert spec.changes(state, wish) == []
        fewer = wish | {"ingress": rules[:1]}
        assert bench.engine().update(spec, group_id, state, fewer, 60)["ingress"] == rules[:1]

    def test_router_has_its_address_and_every_subnet(self, bench: Bench) -> None:
        project_id = bench.project()
        subnets = []
        for number in (1, 2):
            network_id, _ = bench.create("network", name=f"zone-{number}", project_id=project_id)
            subnets.append(bench.create(
                "subnet", name=f"zone-{number}", project_id=project_id, network_id=network_id,
                cidr=f"10.99.{number}.0/24", gateway=f"10.99.{number}.1",
                allocation_pools=[{"start": f"10.99.{number}.200", "end": f"10.99.{number}.250"}])[0])
        wish = {"name": "router", "project_id": project_id, "external_network": "provider",
                "external_address": "10.21.0.30", "subnet_ids": subnets}
        router_id, state = bench.create("router", **wish)
        spec = load("router")
        assert spec.changes(state, wish) == []
        less = wish | {"subnet_ids": subnets[:1]}
        assert bench.engine().update(spec, router_id, state, less, 60)["subnet_ids"] == subnets[:1]
        assert spec.changes(bench.read("router", router_id, state) or {}, less) == []

    def test_volume_grows_in_place(self, bench: Bench) -> None:
        project_id = bench.project()
        wish = {"name": "data", "project_id": project_id, "size_gb": 1, "type": "ssd"}
        volume_id, state = bench.create("volume", **wish)
        after = bench.engine().update(load("volume"), volume_id, state, wish | {"size_gb": 2}, 60)
        assert after["size_gb"] == 2 and load("volume").changes(after, wish | {"size_gb": 2}) == []

    def test_server_is_as_declared_and_leaves_no_port(self, bench: Bench) -> None:
        wish = bench.server()
        server_id, state = bench.create("server", **wish)
        spec = load("server")
        assert spec.changes(state, wish) == []
        assert spec.changes(bench.read("server", server_id, state) or {}, wish) == []
        bench.engine().delete(spec, server_id, state, 120)
        ports = [p for p in bench.connect(wish["project_id"]).network.ports(network_id=wish["network_id"])
                 if p.name == bench.name]
        assert bench.read("server", server_id, state) is None and ports == []

    def test_server_is_adopted_with_changed_metadata(self, bench: Bench) -> None:
        wish = bench.server()
        first, _ = bench.create("server", **wish)
        second, state = bench.create("server", **wish | {"metadata": {"medcloud:runs": "machine"}})
        assert second == first and state["metadata"] == {"medcloud:runs": "machine"}

    def test_floating_ip_leads_to_the_server(self, bench: Bench) -> None:
        wish = bench.server()
        bench.create("router", name="router", project_id=wish["project_id"], external_network="provider",
                     external_address="10.21.0.31", subnet_ids=[wish["subnet_id"]])
        _, server = bench.create("server", **wish)
        asked = {"name": "web", "project_id": wish["project_id"], "network": "provider", "port_id": server["port_id"]}
        first, state = bench.create("floating_ip", **asked)
        second, _ = bench.create("floating_ip", **asked)
        assert second == first and load("floating_ip").changes(state, asked) == []

    def test_server_group_and_image_are_adopted(self, bench: Bench) -> None:
        project_id = bench.project()
        for kind, more in (("server_group", {"policy": "anti-affinity"}),
                           ("image", {"hypervisor": "fake", "content": "a"})):
            wish = {"name": "pair", "project_id": project_id, **more}
            first = bench.create(kind, **wish)
            assert bench.create(kind, **wish) == first
            assert load(kind).changes(bench.read(kind, *first) or {}, wish) == []

    def test_a_stranger_of_that_name_is_not_taken(self, bench: Bench) -> None:
        project_id = bench.project()
        bench.create("network", name="zone", project_id=project_id)
        other = Lifecycle(Clouds(bench.connect), "another-site")
        with pytest.raises(MedcloudError, match="does not belong to site another-site"):
            other.create(load("network"), {"name": "zone", "project_id": project_id}, 60)


class TestCrash:
    """What only a fake can do on purpose."""

    @pytest.mark.parametrize("call", ["create_server", "create_port"])
    def test_a_crash_after_the_call_makes_no_second_server(self, call: str) -> None:
        cloud = FakeCloud()
        bench = Bench(cloud.connect, "crash")
        wish = bench.server()
        cloud.crash_after = call
        with pytest.raises(MedcloudError):
            bench.create("server", **wish)
        _, state = bench.create("server", **wish)
        assert len(cloud.things["server"]) == 1 and len(cloud.things["port"]) == 1
        assert load("server").changes(state, wish) == []

    def test_a_faulty_server_says_why_and_is_replaced(self) -> None:
        cloud = FakeCloud()
        bench = Bench(cloud.connect, "fault")
        wish = bench.server()
        cloud.fault = "No valid host was found."
        with pytest.raises(MedcloudError, match="No valid host") as refused:
            bench.create("server", **wish)
        assert "capacity" in refused.value.hint
        cloud.fault = ""
        bench.create("server", **wish)
        assert [server.status for server in cloud.things["server"].values()] == ["ACTIVE"]

    def test_a_read_of_a_hundred_resources_is_one_listing(self) -> None:
        cloud = FakeCloud()
        bench = Bench(cloud.connect, "many")
        project_id = bench.project()
        states = [bench.create("volume", name=f"v{number}", project_id=project_id, size_gb=1, type="ssd")
                  for number in range(100)]
        cloud.calls.clear()
        engine = bench.engine()
        assert all(engine.read(load("volume"), *state) for state in states)
        assert cloud.calls == ["volumes"]
