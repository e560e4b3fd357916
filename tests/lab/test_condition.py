"""A line's condition as data."""

from __future__ import annotations

import pytest

from lab.condition import Condition, Flap, Refusal, Sieve


def test_a_condition_survives_its_text() -> None:
    whole = Condition(
        1.5, 100, 0.2, 0.01, True, (True, False), (Flap(2.0, 0.3, True),), (Refusal(1, ("10.0.0.0/8",), True),)
    )
    assert Condition.parse(whole.text()) == whole
    assert Condition.parse(Condition(1.0, 10).text()) == Condition(1.0, 10)


def test_swallowing_adds_up() -> None:
    one = Condition(1, 1).swallowing(0)
    assert (one.swallow, one.swallowing(1).swallow, one.word) == ((True, False), (True, True), "silent")


@pytest.mark.parametrize(("age", "down"), [(0.0, True), (0.59, True), (0.61, False), (1.99, False), (2.01, True)])
def test_a_flap_begins_with_going_down(age: float, down: bool) -> None:
    assert Flap(2.0, 0.7).is_down(age) is down


def test_the_next_change_is_a_change() -> None:
    flap, age = Flap(2.0, 0.7), 0.0
    for _ in range(6):
        before, age = flap.is_down(age), age + flap.next_change(age) + 1e-9
        assert flap.is_down(age) is not before


def test_a_sieve_looks_at_ipv4_only() -> None:
    sieve = Sieve((Refusal(0, ("10.1.0.0/16", "172.20.0.9/32")),), 0)

    def frame(source: bytes, kind: bytes = b"\x08\x00") -> bytes:
        return bytes(12) + kind + bytes(12) + source + bytes(30)

    assert sieve.refuses(frame(bytes([10, 1, 9, 9]))) and sieve.refuses(frame(bytes([172, 20, 0, 9])))
    assert not sieve.refuses(frame(bytes([10, 2, 0, 1]))) and not sieve.refuses(frame(bytes([172, 20, 0, 10])))
    assert not sieve.refuses(frame(bytes([10, 1, 9, 9]), b"\x08\x06"))
    assert not sieve.refuses(bytes(14))
