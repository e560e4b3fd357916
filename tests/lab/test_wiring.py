"""The cabling that is derived from the model."""

from __future__ import annotations

from ipaddress import IPv4Network

from inventory.model import Site
from lab.wiring import plan


def test_every_line_of_the_profile_has_two_ends(xiamen: Site) -> None:
    wiring = plan(xiamen)
    names = {machine.name for machine in wiring.machines}
    assert {line.name for line in wiring.lines if not line.inside} == {link.name for link in xiamen.links}
    assert all(set(line.machines) <= names and len(set(line.machines)) == 2 for line in wiring.lines)


def test_a_line_whose_other_place_is_not_rehearsed_is_left_out(xiamen: Site) -> None:
    assert xiamen.lab is not None
    profile = xiamen.lab.model_copy(update={"centres": ("software-park-2", "gaodian", "fuzhou")})
    lines = {line.name for line in plan(xiamen.model_copy(update={"lab": profile})).lines}
    assert {link.name for link in xiamen.links} - lines == {
        "sp2-sp3-telecom", "sp2-sp3-unicom", "mh-sp3-telecom", "mh-sp3-unicom",
    }  # fmt: skip


def test_every_switch_is_cabled_to_every_edge_and_the_edges_to_each_other(xiamen: Site) -> None:
    ends = {line.name: {name.removeprefix("main-hospital-") for name in line.machines}
            for line in plan(xiamen).lines if line.inside and line.places[0] == "main-hospital"}  # fmt: skip
    assert ends == {
        "uplink-61-1-1": {"access-1", "edge-1"},
        "uplink-61-1-2": {"access-1", "edge-2"},
        "uplink-61-2-1": {"access-2", "edge-1"},
        "uplink-61-2-2": {"access-2", "edge-2"},
        "edges-61": {"edge-1", "edge-2"},
    }


def test_a_ward_shares_its_segment_with_its_switch_alone(xiamen: Site) -> None:
    bridge = next(p.bridge for p in plan(xiamen).ports if (p.machine, p.interface) == ("main-hospital-ward-2", "eth1"))
    assert {p.machine for p in plan(xiamen).ports if p.bridge == bridge} == {
        "main-hospital-ward-2",
        "main-hospital-access-2",
    }


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
