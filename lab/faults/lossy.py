"""Let a line or conduit lose frames at random, each way (丢包)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab.condition import Condition
from lab.fault import LineFault, number


@dataclass(frozen=True)
class Lossy(LineFault):
    percent: float = number(5.0, 0.001, 100, "Percent of the frames that are lost each way.", likely=(0.5, 30))

    def sentence(self, target: str) -> str:
        return f"{target} loses {self.percent:g} % of its frames each way"

    def on(self, condition: Condition) -> Condition:
        return replace(condition, loss=1 - (1 - condition.loss) * (1 - self.percent / 100))
