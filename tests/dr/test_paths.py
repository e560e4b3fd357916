from __future__ import annotations

from dr import paths
from dr.plan import StepCall


def call(name: str, *after: str) -> StepCall:
    return StepCall(name=name, step=name, params={}, after=after)


CALLS = (call("d", "b", "c"), call("b", "a"), call("c", "a"), call("a"))


def test_listed_in_an_order_that_after_allows_else_as_written() -> None:
    assert [c.name for c in paths.listed(CALLS)] == ["a", "b", "c", "d"]


def test_ancestors_are_everything_before() -> None:
    assert paths.ancestors(CALLS, "d") == {"a", "b", "c"} and paths.ancestors(CALLS, "a") == set()


def test_the_longest_way_follows_the_seconds() -> None:
    listed = paths.listed(CALLS)
    assert paths.longest(listed, {"a": 1, "b": 5, "c": 2, "d": 1}) == ("a", "b", "d")
    assert paths.longest(listed, {"a": 1, "b": 1, "c": 2, "d": 1}) == ("a", "c", "d")
    assert paths.longest((), {}) == ()
