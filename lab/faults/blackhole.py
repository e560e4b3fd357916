"""Let a line or conduit swallow everything while its carrier stays, on both ways or on one (黑洞)."""

from __future__ import annotations

from dataclasses import dataclass

from lab.condition import Condition
from lab.fault import LineFault, option

_WAYS = {"both": (0, 1), "from-first": (0,), "from-second": (1,)}


@dataclass(frozen=True)
class Blackhole(LineFault):
    way: str = option("both", "Which way is swallowed, seen from the line's ends in `lab status`.", tuple(_WAYS))

    def sentence(self, target: str) -> str:
        end = {
            "both": "everything",
            "from-first": "what its first end sends",
            "from-second": "what its second end sends",
        }
        return f"{target} swallows {end[self.way]} without a sign"

    def on(self, condition: Condition) -> Condition:
        return condition.swallowing(*_WAYS[self.way])
