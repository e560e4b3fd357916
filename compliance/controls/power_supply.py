"""电力供应 (8.1.1.9): a battery for a while, two supplies."""

from __future__ import annotations

import re

from compliance.finding import Seen, check
from compliance.raw import present, shown, some
from compliance.rules import Each, controls

_MINUTES = 10  # enough to shut a node down in order


@check(
    "ups",
    f"UPS 剩余供电不少于 {_MINUTES} 分钟",
    f"the UPS lasts at least {_MINUTES} minutes",
    "更换电池或减载",
    "change the battery or shed load",
)
def _battery(text: str) -> Seen:
    found = re.findall(r"battery.runtime: (\d+)", present(text, "nothing reads a UPS here"))
    runtimes = [int(seconds) for seconds in some(found, "battery runtime")]
    return min(runtimes) >= _MINUTES * 60, shown([f"battery.runtime: {seconds} s" for seconds in runtimes])


@check(
    "sensors",
    "两路电源均在供电",
    "both power supplies are present and powered",
    "修复或接通第二路电源",
    "repair or connect the second supply",
)
def _two_supplies(text: str) -> Seen:
    lines = present(text, "nothing reads this machine's sensors").splitlines()
    supplies = some(
        [line for line in lines if re.match(r"(?i)(ps|psu|power supply)\W*\d", line)], "power supply sensor"
    )
    good = [line for line in supplies if re.search(r"(?i)presence|\bok\b", line) and "fail" not in line.lower()]
    return len(good) >= 2 and len(good) == len(supplies), shown(supplies)


ITEMS = controls(
    Each("L3-PES1-19", "host", (_battery,), roles=("node",)),
    Each("L3-PES1-20", "host", (_two_supplies,), roles=("node",)),
)
