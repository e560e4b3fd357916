from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dr.planner import standard
from dr.steps import predict_times as step
from inventory.model import Site
from tests.dr.fakes import Scene
from tests.dr.test_forecast import every, ran


def test_without_earlier_runs_everything_is_unknown(play: Callable[..., Scene], xiamen: Site) -> None:
    scene = play()
    params = step.Params(calls=standard(xiamen, "same-city-failover").steps)
    step.check(scene.context, params)
    evidence = step.run(scene.context, params)
    assert evidence["predicted_total_seconds"] is None and "promote-database" in evidence["never_ran_here"]


def test_the_last_runs_of_this_site_are_what_it_knows(play: Callable[..., Scene], xiamen: Site, tmp_path: Path) -> None:
    scene = play()
    folder = scene.context.folder.parent / "old-run"
    folder.mkdir()
    (folder / "result.json").write_text(ran(xiamen, every(xiamen, 2.0)).model_dump_json())
    evidence = step.run(scene.context, step.Params(calls=standard(xiamen, "same-city-failover").steps))
    assert evidence["predicted_rto_seconds"] == {"his-database": 12.0, "pacs": 10.0}
    assert scene.world.effects == [] and step.undo(scene.context, step.Params(calls=())) == {}
