from __future__ import annotations

from collections.abc import Callable

import pytest

from dr.steps import copy_images as step
from inventory.error import MedcloudError
from tests.dr.fakes import PACS, PRODUCTION, SAME_CITY, FakeImaging, Scene

PARAMS = step.Params(system=PACS, source=PRODUCTION, target=SAME_CITY)


def test_each_side_gets_what_it_lacks(play: Callable[..., Scene]) -> None:
    scene = play(stored={PRODUCTION: {"1", "2", "3"}, SAME_CITY: {"3", "4"}})
    step.check(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"software-park-2-to-gaodian": 2, "gaodian-to-software-park-2": 1}
    assert scene.world.stored[PRODUCTION] == scene.world.stored[SAME_CITY] == {"1", "2", "3", "4"}


def test_twice_copies_once(play: Callable[..., Scene]) -> None:
    scene = play(stored={PRODUCTION: {"1"}, SAME_CITY: set()})
    step.run(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS) == {"software-park-2-to-gaodian": 0, "gaodian-to-software-park-2": 0}
    assert scene.world.effects == ["copy 1 images from software-park-2"]


def test_both_archives_must_answer(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="both archives"):
        step.check(play(gone={PRODUCTION}).context, PARAMS)


def test_an_archive_that_does_not_reach_the_other_one_yet_is_asked_again(
    play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = play(stored={PRODUCTION: {"1"}, SAME_CITY: set()})
    store, refusals = FakeImaging.copy, [MedcloudError("error: 500")] * 2

    def copy(self: FakeImaging, source: str, uids: frozenset[str]) -> None:
        if refusals:
            raise refusals.pop()
        store(self, source, uids)

    monkeypatch.setattr(FakeImaging, "copy", copy)
    assert step.run(scene.context, PARAMS)["software-park-2-to-gaodian"] == 1
    refusals.extend([MedcloudError("error: 500")] * 1000)
    scene.world.stored[PRODUCTION].add("2")
    with pytest.raises(MedcloudError, match=r"1 images of software-park-2 to be in gaodian too: .* error: 500"):
        step.run(scene.context, PARAMS)
