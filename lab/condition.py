"""What a line does with frames at the moment, as data: written by the lab, obeyed by the line's relay.

Only the standard library is imported: every relay loads this.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from ipaddress import IPv4Network
from typing import Any

UP, CUT, SILENT, FLAPPING, DOWN = "up", "cut", "silent", "flapping", "down"
_IPV4 = b"\x08\x00"
_SOURCE, _TARGET = slice(26, 30), slice(30, 34)  # in an Ethernet frame that carries IPv4


@dataclass(frozen=True)
class Flap:
    """Down for the last part of every period: `duty` is the share of the time that it is up.

    `silent` swallows frames while it is down, else the carrier goes.
    """

    period_s: float
    duty: float
    silent: bool = False

    def is_down(self, age: float) -> bool:
        """Whether it is down so many seconds after it began; it begins with going down."""
        return age % self.period_s < self._down

    def next_change(self, age: float) -> float:
        """Seconds from then to the next time it goes up or down."""
        phase = age % self.period_s
        return (self._down if phase < self._down else self.period_s) - phase

    @property
    def _down(self) -> float:
        return self.period_s * (1 - self.duty)


@dataclass(frozen=True)
class Refusal:
    """IPv4 packets that a line swallows: travelling the way 0 (from its first end) or 1, from or to these networks."""

    way: int
    networks: tuple[str, ...]
    by_target: bool = False


@dataclass(frozen=True)
class Condition:
    """Delay and jitter in milliseconds one way, bandwidth in Mbit/s, `loss` as a share of 1 each way.

    `swallow` says for each way (from the first end, from the second) whether everything is swallowed.
    """

    delay_ms: float
    bandwidth_mbit: float
    jitter_ms: float = 0.0
    loss: float = 0.0
    carrier: bool = True
    swallow: tuple[bool, bool] = (False, False)
    flaps: tuple[Flap, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def word(self) -> str:
        """One word for people: no carrier beats silence, silence beats flapping."""
        if not self.carrier:
            return CUT
        if any(self.swallow):
            return SILENT
        return FLAPPING if self.flaps else UP

    def swallowing(self, *ways: int) -> Condition:
        """The same, but swallowing everything on those ways too."""
        now = tuple(already or way in ways for way, already in enumerate(self.swallow))
        return replace(self, swallow=(now[0], now[1]))

    def text(self) -> str:
        """As a file's text; equal conditions have equal texts."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def parse(cls, text: str) -> Condition:
        """What `text` wrote."""
        raw: dict[str, Any] = json.loads(text)
        raw["swallow"] = tuple(raw["swallow"])
        raw["flaps"] = tuple(Flap(**flap) for flap in raw["flaps"])
        raw["refusals"] = tuple(
            Refusal(item["way"], tuple(item["networks"]), item["by_target"]) for item in raw["refusals"]
        )
        return cls(**raw)


class Sieve:
    """The refusals of one way, ready to look at frames."""

    def __init__(self, refusals: tuple[Refusal, ...], way: int) -> None:
        self._rules = [
            (_TARGET if item.by_target else _SOURCE, int(net.network_address), int(net.netmask))
            for item in refusals
            if item.way == way
            for net in map(IPv4Network, item.networks)
        ]

    def refuses(self, frame: bytes) -> bool:
        """Whether the line swallows that Ethernet frame."""
        if not self._rules or frame[12:14] != _IPV4 or len(frame) < _TARGET.stop:
            return False
        return any(int.from_bytes(frame[where], "big") & mask == net for where, net, mask in self._rules)
