from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dr.following import follow
from inventory.error import MedcloudError
from inventory.model import Site
from tests.dr.fakes import REMOTE, SAME_CITY, FakeDatabase, Scene, scene

LED = {"lease": SAME_CITY, "leader": SAME_CITY, "synchronous": ()}


@pytest.fixture
def play(xiamen: Site, tmp_path: Path) -> Callable[..., Scene]:
    return lambda **state: scene(xiamen, tmp_path, **state)


def test_a_copy_that_comes_nearer_is_never_copied_anew(play: Callable[..., Scene]) -> None:
    """Hours behind over a long line: copying all of it would take longer still."""
    seen = play(lags={REMOTE: 900_000_000}, **LED)

    def nearer() -> None:
        seen.world.lags[REMOTE] -= 1_000_000

    seen.world.clock.on_sleep.append(nearer)
    found = follow(seen.context, seen.database, "db-fuzhou", copy_after=90, patience=600, lag=1_048_576)
    assert seen.world.clock.seconds > 300 and not found["copied_anew"] and seen.world.effects == []


def test_one_that_stands_still_is_though_it_streams(play: Callable[..., Scene]) -> None:
    seen = play(lags={REMOTE: 900_000_000}, **LED)
    seen.world.clock.on_sleep.append(
        lambda: seen.world.lags.clear() if "reinitialise db-fuzhou" in seen.world.effects else None
    )
    found = follow(seen.context, seen.database, "db-fuzhou", copy_after=90, patience=600, lag=1_048_576)
    assert found["copied_because"] == "did not follow" and 90 < seen.world.clock.seconds < 95


def test_a_refused_copy_is_asked_for_again(play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = play(states={REMOTE: "running"}, **LED)
    really, refusals = seen.database.reinitialise, [MedcloudError("the leader does not answer")]

    def reinitialise(database: FakeDatabase, member: str) -> None:
        if refusals:
            raise refusals.pop()
        really(member)

    monkeypatch.setattr(FakeDatabase, "reinitialise", reinitialise)
    found = follow(seen.context, seen.database, "db-fuzhou", copy_after=90, patience=600, lag=1_048_576)
    assert found["copied_anew"] and seen.world.effects == ["reinitialise db-fuzhou"]


def test_one_that_never_follows_holds_the_run(play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeDatabase, "reinitialise", lambda database, member: None)
    seen = play(states={REMOTE: "running"}, **LED)
    with pytest.raises(MedcloudError, match="db-fuzhou to follow the new leader: not seen within 600 s"):
        follow(seen.context, seen.database, "db-fuzhou", copy_after=90, patience=600, lag=1_048_576)
