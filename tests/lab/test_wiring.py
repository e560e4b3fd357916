"""The cabling that is derived from the model."""

from __future__ import annotations

from ipaddress import IPv4Network

from inventory.model import Site
from lab.wiring import plan


def test_every_line_of_the_profile_has_two_ends(xiamen: Site) -> None:
    wiring = plan(xiamen)
    names = {machine.name for machine in wiring.machines}
    assert len(wiring.lines) == 12  # the model has 16: four end in the centre that is not rehearsed
    assert all(set(line.machines) <= names and len(set(line.machines)) == 2 for line in wiring.lines)


def test_names_fit_the_kernel_and_are_unique(xiamen: Site) -> None:
    wiring = plan(xiamen)
    switch = [port.switch_port for port in wiring.ports] + [segment.bridge for segment in wiring.segments]
    assert len(set(switch)) == len(switch)
    assert all(len(name) <= 15 for name in [*switch, *(foot.interface for foot in wiring.feet)])
    assert len({port.mac for port in wiring.ports}) == len(wiring.ports)


def test_the_lab_gives_management_addresses_only(xiamen: Site) -> None:
    addressed = {port.interface for port in plan(xiamen).ports if port.address}
    assert addressed == {"eth0"}


def test_senders_fill_in_checksums_where_a_userspace_switch_reads(xiamen: Site) -> None:
    ports = plan(xiamen).ports
    assert {port.interface for port in ports if not port.checksums} == {"eth1", "eth2"}
    assert all(port.checksums for port in ports if port.interface == "eth0")


def test_operators_reach_the_clouds_but_no_service_address(xiamen: Site) -> None:
    routes = {str(route.target): str(route.via) for route in plan(xiamen).routes}
    assert routes["10.21.0.0/16"] == "10.88.1.1"
    assert routes["10.81.0.0/24"] == "10.88.61.1"
    assert not any(IPv4Network("10.10.10.0/24").overlaps(IPv4Network(target)) for target in routes)


def test_a_card_keeps_its_address(xiamen: Site) -> None:
    assert [p.mac for p in plan(xiamen).ports] == [p.mac for p in plan(xiamen).ports]
    assert all(int(port.mac[:2], 16) & 3 == 2 for port in plan(xiamen).ports)  # unicast, locally administered


def test_a_line_carries_what_the_model_declares(xiamen: Site) -> None:
    declared = xiamen.links[0].model_copy(update={"jitter_ms": 2.0, "loss_percent": 0.5})
    line = plan(xiamen.model_copy(update={"links": (declared, *xiamen.links[1:])})).lines[0]
    assert (line.jitter_ms, line.loss_percent, line.path) == (2.0, 0.5, declared.path)
    assert (line.delay_ms, line.bandwidth_mbit) == (declared.delay_ms, declared.bandwidth_mbit)
