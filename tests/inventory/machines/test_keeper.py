from __future__ import annotations

from inventory.machines import machines
from inventory.machines.keeper import variables
from inventory.model import Site


def test_the_two_centres_of_the_city_have_one_each(xiamen: Site) -> None:
    keepers = [machine for machine in machines(xiamen) if machine.kind == "keeper"]
    assert [machine.place for machine in keepers] == ["software-park-2", "gaodian"]
    assert [str(interface.address) for interface in keepers[0].interfaces] == ["10.88.1.5/24", "10.21.0.5/24"]


def test_instances_are_reached_by_cloud_or_router(xiamen: Site) -> None:
    keeper = next(machine for machine in machines(xiamen) if machine.kind == "keeper")
    ways = {route["network"]: route["via"] for route in variables(xiamen, keeper)["lan_routes"]}
    assert ways["10.21.0.0/16"] == "10.21.0.2", "its own cloud lies on its LAN"
    assert ways["10.22.0.0/16"] == ways["10.23.0.0/16"] == "10.21.0.1"
