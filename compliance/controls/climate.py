"""温湿度控制 (8.1.1.8): the nodes' own sensors say that the room is neither hot nor cold."""

from __future__ import annotations

import re

from compliance.finding import Seen, check
from compliance.raw import present, shown, some
from compliance.rules import Each, controls

_LOW, _HIGH = 10.0, 35.0  # °C at the inlet, what servers are built for (ASHRAE A2)
_INLET = re.compile(r"(?i)(inlet|ambient).*?(-?\d+(\.\d+)?) degrees C")


@check(
    "sensors",
    f"进风温度在 {_LOW:g}–{_HIGH:g} ℃",
    f"inlet temperature is within {_LOW:g}–{_HIGH:g} °C",
    "检查空调与机柜通风",
    "look at the cooling",
)
def _inlet(text: str) -> Seen:
    lines = present(text, "nothing reads this machine's sensors").splitlines()
    found = some([(line, match) for line in lines if (match := _INLET.search(line))], "inlet sensor")
    bad = [line for line, match in found if not _LOW <= float(match[2]) <= _HIGH]
    return not bad, shown(bad or [line for line, _ in found])


ITEMS = controls(Each("L3-PES1-17", "host", (_inlet,), roles=("node",)))
