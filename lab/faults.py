"""What is broken on purpose, and what a user's word (`heal X`) means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from inventory.error import bad_input


@dataclass(frozen=True)
class Faults:
    """Lines cut, machines without power, places nobody can reach; sorted names."""

    cut: tuple[str, ...] = ()
    killed: tuple[str, ...] = ()
    isolated: tuple[str, ...] = ()

    def with_cut(self, line: str) -> Faults:
        return replace(self, cut=_with(self.cut, line))

    def with_killed(self, machine: str) -> Faults:
        return replace(self, killed=_with(self.killed, machine))

    def with_isolated(self, place: str) -> Faults:
        return replace(self, isolated=_with(self.isolated, place))

    def healed(self, target: str | None) -> Faults:
        """Without the faults of that line, machine or place; without any when `target` is None."""
        if target is None:
            return Faults()
        return Faults(_without(self.cut, target), _without(self.killed, target), _without(self.isolated, target))

    def __bool__(self) -> bool:
        return bool(self.cut or self.killed or self.isolated)


def known(word: str, names: Iterable[str], what: str) -> str:
    """The word itself when it is one of the names; bad input that names the nearest one otherwise."""
    stock = sorted(names)
    if word in stock:
        return word
    near = difflib.get_close_matches(word, stock, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(stock)}"
    raise bad_input(f"the lab has no {what} {word!r}", hint)


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(sorted({*names, name}))


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(n for n in names if n != name)
