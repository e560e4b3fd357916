"""A network: made, adopted, seen to be missing."""

from __future__ import annotations

from tests.stacks.bench import Bench


def test_network_holds(bench: Bench) -> None:
    bench.holds("network", {"name": "zone", "project_id": bench.project()})


def test_one_that_somebody_deleted_is_seen(bench: Bench) -> None:
    project_id = bench.project()
    network_id, state = bench.create("network", name="zone", project_id=project_id)
    bench.connect(project_id).network.delete_network(network_id)
    assert bench.read("network", network_id, state) is None
