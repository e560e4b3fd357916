"""A project's quota: as asked in all three services, drift seen and put right, reset by a delete."""

from __future__ import annotations

from stacks.spec import load
from tests.stacks.bench import QUOTA, Bench


def test_quota_is_what_was_asked(bench: Bench) -> None:
    project_id = bench.project()
    assert bench.read("quota", project_id, {"project_id": project_id}) == {"project_id": project_id, **QUOTA}


def test_drift_is_seen_and_put_right(bench: Bench) -> None:
    project_id = bench.project()
    bench.connect(None).compute.update_quota_set(project_id, cores=1, instances=20)
    wish = {"project_id": project_id, **QUOTA}
    state = bench.read("quota", project_id, wish) or {}
    assert "cores" in load("quota").changes(state, wish)
    assert load("quota").changes(bench.update("quota", project_id, state, wish), wish) == []
