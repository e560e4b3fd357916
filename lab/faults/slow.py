"""Make a line or conduit slower than it should be: more delay, more jitter, less bandwidth (变慢)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab.condition import Condition
from lab.fault import LineFault, number

_UNLIMITED = 1_000_000.0


@dataclass(frozen=True)
class Slow(LineFault):
    delay_ms: float = number(50.0, 0, 10_000, "Milliseconds one way on top of the line's own.", likely=(5, 120))
    jitter_ms: float = number(0.0, 0, 5_000, "Milliseconds of jitter on top of the line's own.", likely=(0, 20))
    bandwidth_mbit: float = number(_UNLIMITED, 0.01, _UNLIMITED, "Mbit/s that are left at most.", likely=(2, 50))

    def sentence(self, target: str) -> str:
        jitter = f", {self.jitter_ms:g} ms of jitter" if self.jitter_ms else ""
        rate = f", {self.bandwidth_mbit:g} Mbit/s at most" if self.bandwidth_mbit < _UNLIMITED else ""
        return f"{target} is slow: {self.delay_ms:g} ms more one way{jitter}{rate}"

    def on(self, condition: Condition) -> Condition:
        return replace(
            condition,
            delay_ms=condition.delay_ms + self.delay_ms,
            jitter_ms=condition.jitter_ms + self.jitter_ms,
            bandwidth_mbit=min(condition.bandwidth_mbit, self.bandwidth_mbit),
        )
