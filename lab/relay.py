"""A carrier line: `python -m lab.relay FOLDER`, one process per line, run as root.

It holds a TAP device in each of the two machines' networks and carries frames between them. `FOLDER/spec.json` says
which line, `FOLDER/wanted` in which condition it should be (read again on SIGHUP; frames on their way stay on it),
`FOLDER/actual` which condition it obeys. Only the standard library is imported: many of these run in a lab.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import select
import signal
import struct
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import linux
from lab.condition import Condition, Flap, Sieve

_TUNSETIFF, _TUNSETCARRIER = 0x400454CA, 0x400454E2
_TAP_NO_INFO = 0x1002
_FRAME = 65536
_VERSION = 2  # of what relays are told: one that was started by another version is replaced by the next `up`
_BUFFER_SECONDS = 0.2  # what a carrier's equipment queues before it drops


@dataclass(frozen=True)
class RelaySpec:
    """One line: its interface name and the two networks (paths under /run/netns) it ends in."""

    interface: str
    networks: tuple[str, str]
    version: int = _VERSION

    @classmethod
    def read(cls, path: Path) -> RelaySpec:
        raw = json.loads(path.read_text())
        return cls(raw["interface"], tuple(raw["networks"]), raw.get("version", 1))

    @property
    def understood(self) -> bool:
        """Whether a relay with that spec obeys what this version tells it."""
        return self.version == _VERSION

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))


class Direction:
    """When each frame of one direction comes out at the far end: sent at the line's rate, then delayed, in order."""

    def __init__(self, condition: Condition, way: int = 0) -> None:
        self._way = way
        self._free_at = 0.0
        self._last_due = 0.0
        self.queue: deque[tuple[float, bytes]] = deque()
        self.change(condition)

    def change(self, condition: Condition) -> None:
        """Another delay, rate or loss from the next frame on; what is on its way is neither lost nor overtaken."""
        self._seconds_per_byte = 8 / (condition.bandwidth_mbit * 1_000_000)
        self._delay, self._jitter = condition.delay_ms / 1000, condition.jitter_ms / 1000
        self._loss, self._sieve = condition.loss, Sieve(condition.refusals, self._way)
        self.chancy = bool(condition.loss or condition.jitter_ms)

    def push(self, now: float, frame: bytes, luck: float = 0.5, chance: float = 1.0) -> bool:
        """Queue a frame at time `now` (seconds); False when it is lost or refused.

        `luck` (0..1) says how much of the jitter it gets, `chance` whether it is lost: when it is below the loss.
        """
        backlog = max(0.0, self._free_at - now)
        if backlog > _BUFFER_SECONDS or chance < self._loss or self._sieve.refuses(frame):
            return False
        self._free_at = now + backlog + len(frame) * self._seconds_per_byte
        self._last_due = max(self._last_due, self._free_at + self._delay + luck * self._jitter)
        self.queue.append((self._last_due, frame))
        return True

    def due(self, now: float) -> list[bytes]:
        """The frames whose time has come, oldest first."""
        frames = []
        while self.queue and self.queue[0][0] <= now:
            frames.append(self.queue.popleft()[1])
        return frames

    def next_due(self) -> float | None:
        return self.queue[0][0] if self.queue else None


class Shutter:
    """Which carrier and which silence a condition means at a moment: flaps open and close it by themselves."""

    def __init__(self) -> None:
        self._condition: Condition | None = None
        self._begun: dict[Flap, float] = {}

    def change(self, condition: Condition, now: float) -> None:
        """A flap that was there before goes on in its rhythm."""
        self._condition = condition
        self._begun = {flap: self._begun.get(flap, now) for flap in condition.flaps}

    def carrier(self, now: float) -> bool:
        assert self._condition is not None
        gone = any(not flap.silent and flap.is_down(now - begun) for flap, begun in self._begun.items())
        return self._condition.carrier and not gone

    def open(self, way: int, now: float) -> bool:
        """Whether frames go that way."""
        assert self._condition is not None
        gone = any(flap.is_down(now - begun) for flap, begun in self._begun.items())
        return self._condition.carrier and not self._condition.swallow[way] and not gone

    def next_change(self, now: float) -> float | None:
        """The next moment at which a flap goes up or down."""
        return min((now + flap.next_change(now - begun) for flap, begun in self._begun.items()), default=None)


class Relay:
    """Both directions of a line and its condition."""

    def __init__(self, spec: RelaySpec, folder: Path) -> None:
        self._folder = folder
        self._taps = [_open_tap(network, spec.interface) for network in spec.networks]
        condition = Condition.parse((folder / "wanted").read_text())
        self._ways = [Direction(condition, 0), Direction(condition, 1)]
        self._shutter, self._carrier, self._open = Shutter(), True, [True, True]
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGHUP, lambda *_: None)

    def run(self) -> None:
        """Carry frames for ever."""
        self._obey()
        watched = [*self._taps, self._wake]
        while True:
            ready, _, _ = select.select(watched, [], [], self._pause())
            if self._wake in ready:
                os.read(self._wake, 512)
                self._obey()
            self._shut(time.monotonic())
            for number in (0, 1):
                if self._taps[number] in ready:
                    self._take(number)
            now = time.monotonic()
            for number in (0, 1):
                for frame in self._ways[number].due(now):
                    _give(self._taps[1 - number], frame)

    def _pause(self) -> float | None:
        now = time.monotonic()
        moments = (*(way.next_due() for way in self._ways), self._shutter.next_change(now))
        times = [moment for moment in moments if moment is not None]
        return max(0.0, min(times) - now) if times else None

    def _take(self, number: int) -> None:
        tap, way, now = self._taps[number], self._ways[number], time.monotonic()
        for _ in range(64):
            try:
                frame = os.read(tap, _FRAME)
            except OSError:  # nothing more to read, or the interface is down
                return
            if self._open[number]:
                way.push(now, frame, *((_luck(), _luck()) if way.chancy else ()))

    def _obey(self) -> None:
        """Go into the wanted condition and say so."""
        wanted, now = (self._folder / "wanted").read_text(), time.monotonic()
        condition = Condition.parse(wanted)
        for way in self._ways:
            way.change(condition)
        self._shutter.change(condition, now)
        self._shut(now)
        draft = self._folder / "actual.new"
        draft.write_text(wanted)
        draft.replace(self._folder / "actual")

    def _shut(self, now: float) -> None:
        """Open or close as the condition has it now. What was on its way when it closed is lost, as in a real cut."""
        carrier = self._shutter.carrier(now)
        if carrier != self._carrier:
            self._carrier = carrier
            for tap in self._taps:
                fcntl.ioctl(tap, _TUNSETCARRIER, struct.pack("i", int(carrier)))
        for number, way in enumerate(self._ways):
            self._open[number] = self._shutter.open(number, now)
            if not self._open[number]:
                way.queue.clear()


def _open_tap(network: str, interface: str) -> int:
    with linux.in_network(network):
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(tap, _TUNSETIFF, struct.pack("16sH22x", interface.encode(), _TAP_NO_INFO))
    return tap


def _give(tap: int, frame: bytes) -> None:
    try:
        os.write(tap, frame)
    except OSError:  # the far interface is down or full: the frame is lost, as on a wire
        return


def _luck() -> float:
    return int.from_bytes(os.urandom(4), "big") / 2**32


def main(arguments: Sequence[str]) -> None:
    folder = Path(arguments[0])
    relay = Relay(RelaySpec.read(folder / "spec.json"), folder)
    gc.disable()
    relay.run()


if __name__ == "__main__":
    main(sys.argv[1:])
