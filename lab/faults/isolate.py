"""Take a place off every network without a sign: its lines and its management uplink swallow everything (隔离)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lab.condition import Condition
from lab.fault import Aim, Fault
from lab.scene import Scene
from lab.wiring import Line


@dataclass(frozen=True)
class Isolate(Fault):
    aim: ClassVar[Aim] = Aim.PLACE

    def sentence(self, target: str) -> str:
        return f"{target} is isolated: its lines and its management network swallow everything"

    def silences(self, target: str, machine: str, place: str) -> bool:
        return target == place

    def bend(self, scene: Scene, target: str, line: Line, condition: Condition) -> Condition:
        return condition.swallowing(0, 1) if target in line.places and not line.inside else condition

    def apply(self, scene: Scene, target: str) -> None:
        scene.set_foot(target, alive=False)

    def heal(self, scene: Scene, target: str) -> None:
        scene.set_foot(target, alive=True)
