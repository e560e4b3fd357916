"""The operators' key: adopted when it is the same, replaced when another one has its name."""

from __future__ import annotations

from tests.stacks.bench import KEY, Bench

OTHER = KEY.replace("J4m0", "J4m1")


def test_keypair_holds(bench: Bench) -> None:
    bench.holds("keypair", {"name": bench.name, "public_key": KEY})


def test_another_key_of_that_name_is_replaced(bench: Bench) -> None:
    bench.create("keypair", name=bench.name, public_key=OTHER)
    _, state = bench.create("keypair", name=bench.name, public_key=KEY)
    assert state["public_key"] == KEY
