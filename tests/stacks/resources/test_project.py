"""A project: made, adopted, deleted; the administrator may work inside of it."""

from __future__ import annotations

from tests.stacks.bench import Bench


def test_project_holds(bench: Bench) -> None:
    bench.holds("project", {"name": bench.name})


def test_the_administrator_may_work_inside(bench: Bench) -> None:
    project_id, _ = bench.create("project", name=bench.name)
    assert list(bench.connect(project_id).compute.servers()) == []
