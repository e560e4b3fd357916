"""Let a line or conduit go down and up again and again until it is healed (抖动)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab.condition import Condition
from lab.condition import Flap as Rhythm
from lab.fault import LineFault, number, option


@dataclass(frozen=True)
class Flap(LineFault):
    period_s: float = number(2.0, 0.02, 600, "Seconds from one fall to the next.", likely=(0.3, 5))
    duty: float = number(0.5, 0.01, 0.99, "Share of the period for which it is up.", likely=(0.2, 0.8))
    silent: bool = option(False, "Swallow frames while it is down; else the carrier goes.")

    def sentence(self, target: str) -> str:
        how = "swallows everything" if self.silent else "has no carrier"
        down = self.period_s * (1 - self.duty)
        return f"{target} flaps: {how} for {down:g} s of every {self.period_s:g} s"

    def on(self, condition: Condition) -> Condition:
        return replace(condition, flaps=(*condition.flaps, Rhythm(self.period_s, self.duty, self.silent)))
