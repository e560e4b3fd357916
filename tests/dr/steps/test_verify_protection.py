from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dr.steps import verify_protection as step
from dr.world import Sample
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, Scene

PARAMS = step.Params(system=HIS)


def test_the_samples_are_judged_and_kept(play: Callable[..., Scene]) -> None:
    scene = play()
    scene.context.watch(HIS).start("run-1")
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert evidence["verdict"] == "met" and evidence["samples"] == 3 and not scene.world.watching
    kept = (scene.context.folder / "protection-his-database.jsonl").read_text().splitlines()
    assert json.loads(kept[0])["copies"][0]["name"] == "db-gaodian"
    assert step.undo(scene.context, PARAMS) == {}


def test_a_pause_misses_the_drill(play: Callable[..., Scene]) -> None:
    scene = play()
    scene.context.watch(HIS).start("run-1")
    scene.world.samples.append(Sample("db-software-park-2", 2.0, True, ()))
    evidence = step.run(scene.context, PARAMS)
    assert evidence["verdict"] == "missed" and "did not stream" in evidence["violations"][0]


def test_no_sample_is_no_proof(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="was not sampled"):
        step.check(play().context, PARAMS)
