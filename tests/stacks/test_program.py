"""What the whole program of a centre declares for the Xiamen model."""

from __future__ import annotations

import pytest

from inventory.error import MedcloudError
from inventory.model import Site
from inventory.placement import Runs, instances
from stacks.clouds import CloudAccess
from stacks.program import CentreInputs, MachineImage, access_config, build, tenancy_config, zone_rules
from tests.stacks.component_bench import Declared, declared, of_kind
from tests.stacks.engine_bench import KEY

ACCESS = CloudAccess("http://cloud.invalid:5000/v3", "secret")


@pytest.fixture(scope="module")
def production(xiamen: Site, tmp_path_factory: pytest.TempPathFactory) -> list[Declared]:
    disk = tmp_path_factory.mktemp("image") / "instance.raw"
    disk.touch()
    image = MachineImage(disk, "abc")
    return declared(lambda: build(xiamen, xiamen.centre("software-park-2"), CentreInputs(KEY, image), ACCESS))


def test_every_instance_is_a_server_at_its_address(xiamen: Site, production: list[Declared]) -> None:
    placed = {item.name: (str(item.address), item.runs.value) for item in instances(xiamen, "software-park-2")}
    servers = {
        item.name: (item.inputs["address"], item.inputs["metadata"]["medcloud:runs"])
        for item in of_kind(production, "server")
    }
    assert servers == placed


def test_what_is_counted_boots_the_placeholder(xiamen: Site, production: list[Declared]) -> None:
    images = {
        item.inputs["metadata"]["medcloud:runs"]: item.inputs["image_id"] for item in of_kind(production, "server")
    }
    assert images == {"counted": "image/counted", "machine": "image/machine"}
    machines = [item.name for item in instances(xiamen, "software-park-2") if item.runs is Runs.MACHINE]
    assert 0 < len(machines) < len(of_kind(production, "server"))


def test_the_quota_holds_all_servers_and_volumes(xiamen: Site, production: list[Declared]) -> None:
    quota = tenancy_config(xiamen, xiamen.centre("software-park-2"))
    volumes = of_kind(production, "volume")
    assert quota.instances >= len(of_kind(production, "server")) and quota.volumes >= len(volumes)
    assert quota.volume_gb >= sum(item.inputs["size_gb"] for item in volumes)
    assert quota.cores >= sum(item.vcpus for item in instances(xiamen, "software-park-2"))


def test_only_declared_flows_enter_the_data_zone(xiamen: Site) -> None:
    rules = zone_rules(xiamen, xiamen.zone("data"))
    into_database = {rule.source for rule in rules if rule.port == 5432}
    assert {"10.21.10.0/24", "10.22.10.0/24", "10.81.0.0/24", "10.21.0.1/32"} <= into_database
    dmz = xiamen.zone("internet-dmz").networks.values()
    assert not {str(net) for net in dmz} & {rule.source for rule in rules}
    assert {rule.port for rule in rules if rule.source == "10.88.1.0/24"} == {22, None}


def test_a_machine_without_an_image_is_refused(xiamen: Site) -> None:
    with pytest.raises(MedcloudError, match="his-database-gaodian-1 is to run as a machine"):
        access_config(xiamen, xiamen.centre("gaodian"), CentreInputs(KEY))


def test_a_centre_without_machines_needs_no_image(xiamen: Site) -> None:
    made = declared(lambda: build(xiamen, xiamen.centre("software-park-3"), CentreInputs(KEY), ACCESS))
    assert [item.name for item in of_kind(made, "image")] == ["counted"]
