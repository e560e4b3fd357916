"""A subnet with its gateway and the part that DHCP may use."""

from __future__ import annotations

from tests.stacks.bench import Bench


def test_subnet_holds(bench: Bench) -> None:
    project_id = bench.project()
    network_id, _ = bench.create("network", name="zone", project_id=project_id)
    bench.holds("subnet", bench.subnet(project_id, network_id, "zone", "10.99.1"))
