"""The carrier lines of a lab: their relays and the state each should be in."""

from __future__ import annotations

import signal
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

from inventory.error import MedcloudError
from lab import namespaces, process
from lab.cgroups import Cell
from lab.condition import Condition
from lab.relay import RelaySpec
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
        """Whether a relay carries it that understands this version's conditions."""
        known = process.Recorded.read(self.folder / "process.json")
        return known is not None and known.alive and RelaySpec.read(self.folder / "spec.json").understood

    @property
    def actual(self) -> Condition | None:
        """The condition that its relay obeys; None when no relay carries it."""
        try:
            return Condition.parse((self.folder / "actual").read_text()) if self.running else None
        except FileNotFoundError:  # it starts just now
            return None

    def start(self, wanted: Condition, lock: int) -> bool:
        """Start the relay unless it runs; True when it was started. Ends in dead machines are parked in the switch."""
        if self.running:
            return False
        self.cell.kill()
        self.folder.mkdir(parents=True, exist_ok=True)
        networks = tuple(str(namespaces.path(namespaces.namespace(self.lab, m))) for m in self.line.machines)
        RelaySpec(self.line.name, (networks[0], networks[1])).write(self.folder / "spec.json")
        self._want(wanted)
        (self.folder / "actual").unlink(missing_ok=True)
        command = ["nice", "-n", "-15", *process.python("lab.relay", str(self.folder))]
        started = process.start(self.cell, command, self.folder / "log", lock, _CPU_SHARES)
        process.record(self.folder / "process.json", started.pid)
        self._await(wanted)
        return True

    def set(self, wanted: Condition) -> None:
        """Bring the line into that condition; returns when it is there. A line without a relay only remembers it."""
        self._want(wanted)
        known = process.Recorded.read(self.folder / "process.json")
        if known is not None and self.running:
            known.signal(signal.SIGHUP)
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

    def _want(self, wanted: Condition) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / "wanted.new"
        draft.write_text(wanted.text())
        draft.replace(self.folder / "wanted")

    def _await(self, wanted: Condition, patience: float = 10.0) -> None:
        deadline = time.monotonic() + patience
        while self.actual != wanted:
            if time.monotonic() > deadline:
                said = (self.folder / "log").read_text()[-400:]
                raise MedcloudError(f"line {self.line.name} does not become {wanted.word}: {said}")
            time.sleep(0.01)


def declared(line: Line) -> Condition:
    """The line as the model has it."""
    return Condition(line.delay_ms, line.bandwidth_mbit, line.jitter_ms, line.loss_percent / 100)
