"""The carrier lines of a lab: their relays and the state each should be in."""

from __future__ import annotations

import os
import signal
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

from inventory.error import MedcloudError
from lab import namespaces, process
from lab.cgroups import Cell
from lab.faults import Faults
from lab.relay import CUT, SILENT, UP, RelaySpec
from lab.wiring import Line

_CPU_SHARES = 16384  # a starved relay would look like a line that flaps


@dataclass(frozen=True)
class Relayed:
    """One line's relay. `folder` holds its spec, state and log."""

    lab: str
    line: Line
    folder: Path

    @property
    def cell(self) -> Cell:
        return Cell.of(self.lab, f"line-{self.line.name}")

    @property
    def running(self) -> bool:
        known = process.Recorded.read(self.folder / "process.json")
        return known is not None and known.alive

    @property
    def actual(self) -> str:
        """`up`, `cut`, `silent`, or `down` when no relay carries it."""
        try:
            return (self.folder / "actual").read_text().strip() if self.running else "down"
        except FileNotFoundError:  # it starts just now
            return "down"

    def start(self, wanted: str, lock: int) -> bool:
        """Start the relay unless it runs; True when it was started. Ends in dead machines are parked in the switch."""
        if self.running:
            return False
        self.cell.kill()
        self.folder.mkdir(parents=True, exist_ok=True)
        networks = tuple(str(namespaces.path(namespaces.namespace(self.lab, m))) for m in self.line.machines)
        quality = (self.line.delay_ms, self.line.bandwidth_mbit, self.line.jitter_ms, self.line.loss_percent / 100)
        spec = RelaySpec(self.line.name, (networks[0], networks[1]), *quality)
        spec.write(self.folder / "spec.json")
        (self.folder / "wanted").write_text(wanted)
        (self.folder / "actual").unlink(missing_ok=True)
        command = ["nice", "-n", "-15", *process.python("lab.relay", str(self.folder))]
        started = process.start(self.cell, command, self.folder / "log", lock, _CPU_SHARES)
        process.record(self.folder / "process.json", started.pid)
        self._await(wanted)
        return True

    def set(self, wanted: str) -> None:
        """Bring the line into that state; returns when it is there. A line without a relay only remembers it."""
        (self.folder / "wanted").write_text(wanted)
        known = process.Recorded.read(self.folder / "process.json")
        if known is not None and known.alive:
            os.kill(known.pid, signal.SIGHUP)
            self._await(wanted)

    def park(self, machine: str) -> None:
        """Take the line's end out of a machine that lost its power, so that it outlives the machine's network."""
        own, switch = namespaces.namespace(self.lab, machine), namespaces.namespace(self.lab, "sw")
        if namespaces.path(own).exists() and self.line.name in namespaces.links(own):
            namespaces.batch(own, [f"link set {self.line.name} netns {switch} name {self._parked(machine)}"])

    def unpark(self, machine: str) -> None:
        """Plug a parked end into its machine again."""
        own, switch = namespaces.namespace(self.lab, machine), namespaces.namespace(self.lab, "sw")
        if self._parked(machine) in namespaces.links(switch):
            namespaces.batch(switch, [f"link set {self._parked(machine)} netns {own} name {self.line.name}"])

    def _parked(self, machine: str) -> str:
        """A name for the parked end: interfaces have at most 15 characters."""
        return f"p{zlib.crc32(f'{machine} {self.line.name}'.encode()):08x}"

    def _await(self, wanted: str, patience: float = 10.0) -> None:
        deadline = time.monotonic() + patience
        while self.actual != wanted:
            if time.monotonic() > deadline:
                said = (self.folder / "log").read_text()[-400:]
                raise MedcloudError(f"line {self.line.name} does not become {wanted}: {said}")
            time.sleep(0.01)


def wanted_state(line: Line, faults: Faults) -> str:
    """The state that the faults leave a line in: no carrier beats silence."""
    if line.name in faults.cut or any(machine in faults.killed for machine in line.machines):
        return CUT
    return SILENT if not line.inside and any(place in faults.isolated for place in line.places) else UP
