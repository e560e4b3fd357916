"""Cut a machine's power: its processes die at once, nothing is flushed, its lines lose their carrier (断电)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from lab.condition import Condition
from lab.fault import MachineFault
from lab.scene import Scene
from lab.wiring import Line


@dataclass(frozen=True)
class Kill(MachineFault):
    powerless: ClassVar[bool] = True

    def sentence(self, target: str) -> str:
        return f"{target} has no power"

    def silences(self, target: str, machine: str, place: str) -> bool:
        return target == machine

    def bend(self, scene: Scene, target: str, line: Line, condition: Condition) -> Condition:
        return replace(condition, carrier=False) if target in line.machines else condition
