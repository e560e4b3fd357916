"""Cut a line, or a conduit with every line in it: both ends lose their carrier (剪断)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab.condition import Condition
from lab.fault import LineFault


@dataclass(frozen=True)
class Cut(LineFault):
    def sentence(self, target: str) -> str:
        return f"{target} is cut"

    def on(self, condition: Condition) -> Condition:
        return replace(condition, carrier=False)
