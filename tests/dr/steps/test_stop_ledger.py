from __future__ import annotations

from collections.abc import Callable

from dr.steps import stop_ledger as step
from tests.dr.fakes import Scene


def test_it_stops_and_keeps_the_book(play: Callable[..., Scene]) -> None:
    scene = play(writing=True)
    scene.world.acknowledge(1, 1.0)
    step.check(scene.context, step.Params())
    assert step.run(scene.context, step.Params()) == {"chains": 1, "images": 0, "errors": 0}
    assert not scene.world.writing and "chain" in (scene.context.folder / "ledger.jsonl").read_text()


def test_twice_is_the_same_as_once(play: Callable[..., Scene]) -> None:
    scene = play(writing=True)
    assert step.run(scene.context, step.Params()) == step.run(scene.context, step.Params())
