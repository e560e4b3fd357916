"""All faults of a lab together: several may hold at once on one target, and are healed one by one or all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from itertools import combinations
from typing import Any

from inventory.error import bad_input
from inventory.machines import Machine
from lab import faults
from lab.condition import Condition
from lab.fault import BETWEEN, Aim, Fault, Record
from lab.line import declared
from lab.scene import Scene
from lab.wiring import Line, Wiring


@dataclass(frozen=True)
class Damage:
    """The records of what is broken, oldest first."""

    records: tuple[Record, ...] = ()

    def struck(self, kind: str, target: str, params: dict[str, Any]) -> Damage:
        """With one more; the same again stays as it is, with other parameters it is made anew."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        new = Record(kind, target, params, now, faults.make(kind, params).part)
        same = [r for r in self.records if r.key == new.key and r.params == params and not r.healing]
        return self if same else Damage((*(r for r in self.records if r.key != new.key), new))

    def healing(self, target: str | None, kind: str | None) -> Damage:
        """With those that the user means marked: their end begins."""
        return Damage(tuple(replace(r, healing=r.healing or r.concerns(target, kind)) for r in self.records))

    def outliving_disks(self) -> Damage:
        """What is left to heal when every machine has been stopped and got another disk."""
        records = (r for r in self.records if faults.of(r).aim is not Aim.MACHINE)
        return Damage(tuple(replace(r, healing=True) for r in records))

    def without(self, gone: Record) -> Damage:
        return Damage(tuple(r for r in self.records if r != gone))

    @property
    def active(self) -> Iterator[tuple[Record, Fault]]:
        """The faults that hold, those last that leave a machine out of reach."""
        found = [(r, faults.of(r)) for r in self.records if not r.healing]
        yield from sorted(found, key=lambda pair: pair[1].silences(pair[0].target, pair[0].target, pair[0].target))

    @property
    def ending(self) -> list[tuple[Record, Fault]]:
        return [(r, faults.of(r)) for r in self.records if r.healing]

    @property
    def powerless(self) -> set[str]:
        """Machines that are kept without power."""
        return {record.target for record, fault in self.active if fault.powerless}

    @property
    def losing_power(self) -> set[str]:
        """Machines that had lost their power: one that still runs was struck by a killed command, and is half dead."""
        return {record.target for record, fault in self.ending if fault.powerless}

    def silences(self, machine: Machine) -> bool:
        """Whether operators cannot reach that machine because of a fault."""
        return any(fault.silences(record.target, machine.name, machine.place) for record, fault in self.active)

    def condition(self, scene: Scene, line: Line) -> Condition:
        """What all of them together make of a line."""
        return reduce(lambda so_far, it: it[1].bend(scene, it[0].target, line, so_far), self.active, declared(line))


def targets(wiring: Wiring, aim: Aim) -> tuple[str, ...]:
    """Everything in a lab that such a fault can be done to."""
    lines = {name for line in wiring.lines for name in (line.name, line.path) if name}
    pairs = {BETWEEN.join(sorted(pair)) for pair in combinations(wiring.places, 2)}
    names = {
        Aim.LINE: lines,
        Aim.MACHINE: {machine.name for machine in wiring.machines},
        Aim.PLACE: set(wiring.places),
        Aim.PAIR: pairs,
    }
    return tuple(sorted(names[aim]))


def target(wiring: Wiring, aim: Aim, word: str) -> str:
    """The target that a word means; bad input that names the nearest one when there is none."""
    if aim is not Aim.PAIR:
        what = "line or conduit" if aim is Aim.LINE else aim.value
        return faults.known(word, targets(wiring, aim), what)
    places = sorted(faults.known(place, wiring.places, "place") for place in word.split(BETWEEN))
    if len(set(places)) != 2:
        raise bad_input(f"{word!r} is not a pair of places", "name two different places")
    return BETWEEN.join(places)


def any_target(wiring: Wiring, word: str) -> str:
    """A word that `heal` may be said with."""
    if BETWEEN in word:
        return target(wiring, Aim.PAIR, word)
    names = {name for aim in (Aim.LINE, Aim.MACHINE, Aim.PLACE) for name in targets(wiring, aim)}
    return faults.known(word, names, "line, conduit, machine or place")
