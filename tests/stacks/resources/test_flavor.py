"""A flavor: made with its name as id, adopted, deleted."""

from __future__ import annotations

from tests.stacks.bench import Bench


def test_flavor_holds(bench: Bench) -> None:
    bench.holds("flavor", {"name": bench.name, "vcpus": 2, "ram_mb": 4096})


def test_its_id_is_its_name(bench: Bench) -> None:
    assert bench.create("flavor", name=bench.name, vcpus=2, ram_mb=4096)[0] == bench.name
