"""A storm as a plan: which fault comes when, on what, for how long. A pure function of wiring, options and seed."""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass
from typing import Any

from inventory.error import bad_input
from lab import damage, faults
from lab.fault import BETWEEN, Aim, Fault
from lab.wiring import Wiring

_TRIES = 40


@dataclass(frozen=True)
class Strike:
    """One fault of a storm, made `at_s` seconds after its begin and healed at `heal_s`."""

    at_s: float
    heal_s: float
    kind: str
    target: str
    params: dict[str, Any]

    @property
    def fault(self) -> Fault:
        return faults.make(self.kind, self.params)


@dataclass(frozen=True)
class Options:
    """What a storm may do. Times are seconds; `gap_s` is the mean time from one fault to the next.

    Never more at once than `most` faults, `most_down` machines without power or frozen, `most_apart` places isolated or
    pairs parted. Nothing `excluded` is touched: a line, a conduit, a machine, or a place with all that ends in it.
    """

    seed: int
    minutes: float = 5.0
    only: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    gap_s: float = 8.0
    shortest_s: float = 4.0
    longest_s: float = 30.0
    most: int = 3
    most_down: int = 1
    most_apart: int = 1


def schedule(wiring: Wiring, options: Options) -> tuple[Strike, ...]:
    """The storm of that seed: the same for the same wiring and options, all healed by the end of its minutes."""
    if options.shortest_s > options.longest_s:
        raise bad_input(f"shortest {options.shortest_s:g} s is more than longest {options.longest_s:g} s")
    dice, end, now, found = random.Random(options.seed), options.minutes * 60, 0.0, list[Strike]()
    choices, standing = _choices(wiring, options), list[tuple[Strike, str]]()
    while True:
        now = round(now + options.gap_s * dice.uniform(0.5, 1.5), 1)
        if now + options.shortest_s > end:
            return tuple(found)
        standing = [(strike, burden) for strike, burden in standing if strike.heal_s > now]
        for _ in range(_TRIES):
            kind = dice.choice(choices)
            strike = _draw(dice, kind, now, options)
            if strike.heal_s <= end and _bearable(strike, kind.burden, standing, options):
                found.append(strike)
                standing.append((strike, kind.burden))
                break


@dataclass(frozen=True)
class _Kind:
    """A kind of fault, the targets it may have, and its burden: a machine is "down", a place "apart", or less."""

    fault: type[Fault]
    name: str
    targets: tuple[str, ...]
    burden: str


def _choices(wiring: Wiring, options: Options) -> list[_Kind]:
    for word in options.excluded:
        damage.any_target(wiring, word)
    found = []
    for name in options.only or _drawable():
        fault = faults.find(name)
        if not fault.by_chance:
            raise bad_input(f"a storm cannot choose what to {name}", f"kinds: {', '.join(_drawable())}")
        all_of_them = damage.targets(wiring, fault.aim)
        spared = [target for target in all_of_them if not _touched(wiring, fault.aim, target) & {*options.excluded}]
        if spared:
            found.append(_Kind(fault, name, tuple(spared), _burden(fault)))
    if not found:
        raise bad_input("nothing is left that this storm may break", "exclude less, or allow more kinds")
    return found


def _burden(fault: type[Fault]) -> str:
    if fault.aim is Aim.MACHINE:
        return "down" if fault.drawn(random.Random(0)).silences("m", "m", "") else ""
    return "" if fault.aim is Aim.LINE else "apart"


def _drawable() -> list[str]:
    return [kind for kind in faults.kinds() if faults.find(kind).by_chance]


def _touched(wiring: Wiring, aim: Aim, target: str) -> set[str]:
    """Everything by whose name this target could have been excluded."""
    if aim is Aim.MACHINE:
        return {target, wiring.machine(target).place}
    if aim is not Aim.LINE:
        return {target, *target.split(BETWEEN)}
    lines = [line for line in wiring.lines if target in (line.name, line.path)]
    return {target, *(word for line in lines for word in (line.name, line.path, *line.places))}


def _draw(dice: random.Random, kind: _Kind, now: float, options: Options) -> Strike:
    target, params = dice.choice(kind.targets), dataclasses.asdict(kind.fault.drawn(dice))
    return Strike(now, round(now + dice.uniform(options.shortest_s, options.longest_s), 1), kind.name, target, params)


def _bearable(new: Strike, burden: str, standing: list[tuple[Strike, str]], options: Options) -> bool:
    """Whether it may be there together with those that are not healed yet."""
    for strike, other in standing:
        if strike.target == new.target and (strike.kind == new.kind or other == "down"):
            return False
    same = sum(other == burden for _, other in standing)
    limit = {"down": options.most_down, "apart": options.most_apart, "": options.most}[burden]
    return len(standing) < options.most and same < limit
