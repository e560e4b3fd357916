"""A server group: adopted by name inside the project."""

from __future__ import annotations

from tests.stacks.bench import Bench


def test_server_group_holds(bench: Bench) -> None:
    bench.holds("server_group", {"name": "his", "project_id": bench.project(), "policy": "anti-affinity"})
