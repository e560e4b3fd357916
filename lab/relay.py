"""A carrier line: `python -m lab.relay FOLDER`, one process per line, run as root.

It holds a TAP device in each of the two machines' networks and carries frames between them with the line's bandwidth
and delay. `FOLDER/spec.json` says which line, `FOLDER/wanted` in which state it should be (read again on SIGHUP),
`FOLDER/actual` in which state it is. Only the standard library is imported: twelve of these run in a lab.
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

UP, CUT, SILENT = "up", "cut", "silent"
_TUNSETIFF, _TUNSETCARRIER = 0x400454CA, 0x400454E2
_TAP_NO_INFO = 0x1002
_FRAME = 65536
_BUFFER_SECONDS = 0.2  # what a carrier's equipment queues before it drops


@dataclass(frozen=True)
class RelaySpec:
    """One line: its interface name and the two networks (paths under /run/netns) it ends in."""

    interface: str
    networks: tuple[str, str]
    delay_ms: float
    bandwidth_mbit: float
    jitter_ms: float = 0.0
    loss: float = 0.0

    @classmethod
    def read(cls, path: Path) -> RelaySpec:
        raw = json.loads(path.read_text())
        return cls(**{**raw, "networks": tuple(raw["networks"])})

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))


class Direction:
    """When each frame of one direction comes out at the far end: sent at the line's rate, then delayed, in order."""

    def __init__(self, spec: RelaySpec) -> None:
        self._seconds_per_byte = 8 / (spec.bandwidth_mbit * 1_000_000)
        self._delay = spec.delay_ms / 1000
        self._jitter, self._loss = spec.jitter_ms / 1000, spec.loss
        self._free_at = 0.0
        self._last_due = 0.0
        self.queue: deque[tuple[float, bytes]] = deque()

    def push(self, now: float, frame: bytes, luck: float = 0.5) -> bool:
        """Queue a frame at time `now` (seconds); False when it is lost: buffer full or `luck` (0..1) below the loss."""
        backlog = max(0.0, self._free_at - now)
        if backlog > _BUFFER_SECONDS or luck < self._loss:
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


class Relay:
    """Both directions of a line and its state."""

    def __init__(self, spec: RelaySpec, folder: Path) -> None:
        self._folder = folder
        self._taps = [_open_tap(network, spec.interface) for network in spec.networks]
        self._ways = [Direction(spec), Direction(spec)]
        self._random = bool(spec.loss or spec.jitter_ms)
        self._state = ""
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
            for number in (0, 1):
                if self._taps[number] in ready:
                    self._take(number)
            now = time.monotonic()
            for number in (0, 1):
                for frame in self._ways[number].due(now):
                    _give(self._taps[1 - number], frame)

    def _pause(self) -> float | None:
        times = [due for way in self._ways if (due := way.next_due()) is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _take(self, number: int) -> None:
        tap, way, now = self._taps[number], self._ways[number], time.monotonic()
        for _ in range(64):
            try:
                frame = os.read(tap, _FRAME)
            except OSError:  # nothing more to read, or the interface is down
                return
            if self._state == UP:
                way.push(now, frame, _luck() if self._random else 0.5)

    def _obey(self) -> None:
        """Go into the wanted state and say so: `cut` takes the carrier away, `silent` only swallows the frames."""
        wanted = (self._folder / "wanted").read_text().strip()
        if wanted != self._state:
            self._state = wanted
            for way in self._ways:
                if wanted != UP:
                    way.queue.clear()
            for tap in self._taps:
                fcntl.ioctl(tap, _TUNSETCARRIER, struct.pack("i", int(wanted != CUT)))
        draft = self._folder / "actual.new"
        draft.write_text(self._state)
        draft.replace(self._folder / "actual")


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
