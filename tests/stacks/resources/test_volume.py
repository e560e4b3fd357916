"""A volume: adopted, grown in place."""

from __future__ import annotations

from stacks.spec import load
from tests.stacks.bench import Bench


def test_volume_holds(bench: Bench) -> None:
    bench.holds("volume", {"name": "data", "project_id": bench.project(), "size_gb": 1, "type": "ssd"})


def test_it_grows_in_place(bench: Bench) -> None:
    wish = {"name": "data", "project_id": bench.project(), "size_gb": 1, "type": "ssd"}
    volume_id, state = bench.create("volume", **wish)
    larger = wish | {"size_gb": 2}
    after = bench.update("volume", volume_id, state, larger)
    assert after["size_gb"] == 2 and load("volume").changes(after, larger) == []
