"""Part two places while both still see all others: nothing passes between them, not by a third place either (割裂)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lab.condition import Condition, Refusal
from lab.fault import BETWEEN, Aim, Fault
from lab.scene import Scene
from lab.wiring import Line


@dataclass(frozen=True)
class Partition(Fault):
    """The lines between the two swallow everything. Every other line of theirs swallows what comes from the other place
    or goes there, by the other's own addresses: so a service address that moves with its system is covered at whichever
    of the two it is, but for two service addresses that speak to each other. Relaying by a program at a third place
    (as a consensus protocol does) is no passing through and goes on."""

    aim: ClassVar[Aim] = Aim.PAIR

    def sentence(self, target: str) -> str:
        a, b = target.split(BETWEEN)
        return f"{a} and {b} cannot reach each other, directly or through others; both still see all others"

    def bend(self, scene: Scene, target: str, line: Line, condition: Condition) -> Condition:
        pair = target.split(BETWEEN)
        if set(pair) == set(line.places):
            return condition.swallowing(0, 1)
        if line.inside:
            return condition
        refusals = [
            refusal
            for place, other in (pair, pair[::-1])
            for end in (0, 1)
            if line.places[end] == place
            for refusal in _border(end, scene.networks(other))
        ]
        return replace(condition, refusals=(*condition.refusals, *refusals))


def _border(end: int, other: tuple[str, ...]) -> tuple[Refusal, Refusal]:
    """At a place's end of a line: nothing of the other comes in, nothing for the other goes out."""
    return Refusal(1 - end, other), Refusal(end, other, by_target=True)
