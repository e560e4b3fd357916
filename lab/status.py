"""What a lab looks like right now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lab import faults
from lab.condition import DOWN
from lab.damage import Damage
from lab.fault import Record
from lab.line import Relayed, declared
from lab.machine import LabMachine


@dataclass(frozen=True)
class MachineStatus:
    """`memory_mb` is what its processes use, None when it is off; `disk_mb` what its disks take on the host, both in
    10^6 bytes. `pid` is its process 1 on the host."""

    name: str
    kind: str
    place: str
    address: str
    running: bool
    pid: int | None
    memory_mb: int | None
    disk_mb: int


@dataclass(frozen=True)
class LineStatus:
    """`state` is up, cut, silent, flapping or down; what it does to frames now: delay and jitter in milliseconds one
    way, bandwidth in Mbit/s, loss in percent each way."""

    name: str
    a: str
    b: str
    state: str
    delay_ms: float
    bandwidth_mbit: float
    jitter_ms: float
    loss_percent: float


@dataclass(frozen=True)
class FaultStatus:
    """A fault done on purpose, `since` then (ISO 8601, UTC); `healing`: its end waits until the machine has power."""

    kind: str
    target: str
    params: dict[str, Any]
    since: str
    healing: bool
    sentence: str


@dataclass(frozen=True)
class LabStatus:
    name: str
    machines: tuple[MachineStatus, ...]
    lines: tuple[LineStatus, ...]
    faults: tuple[FaultStatus, ...]
    powerless: tuple[str, ...]

    @property
    def memory_mb(self) -> int:
        """What all machines' processes use."""
        return sum(m.memory_mb or 0 for m in self.machines)

    @property
    def disk_mb(self) -> int:
        """What all machines' disks take on the host."""
        return sum(m.disk_mb for m in self.machines)

    @property
    def up(self) -> bool:
        """Whether everything runs that nobody broke on purpose."""
        machines = all(m.running for m in self.machines if m.name not in self.powerless)
        return machines and all(item.state != DOWN for item in self.lines)


def describe(
    name: str, machines: Iterable[LabMachine], lines: Iterable[Relayed], records: Sequence[Record]
) -> LabStatus:
    """The status of these machines and lines as the kernel shows them."""
    powerless = tuple(sorted(Damage(tuple(records)).powerless))
    return LabStatus(name, tuple(map(_machine, machines)), tuple(map(_line, lines)), _faults(records), powerless)


def _machine(item: LabMachine) -> MachineStatus:
    init, stock = item.init, item.machine
    memory = item.cell.memory_mb() if init else None
    pid = init.pid if init else None
    running, address = init is not None, str(stock.management.ip)
    return MachineStatus(item.name, stock.kind, stock.place, address, running, pid, memory, item.disk_mb)


def _line(item: Relayed) -> LineStatus:
    actual, line = item.actual, item.line
    now, word = (actual, actual.word) if actual else (declared(line), DOWN)
    percent = round(now.loss * 100, 3)
    return LineStatus(
        line.name,
        *(line.machines if line.inside else line.places),
        word,
        now.delay_ms,
        now.bandwidth_mbit,
        now.jitter_ms,
        percent,
    )


def _faults(records: Iterable[Record]) -> tuple[FaultStatus, ...]:
    return tuple(
        FaultStatus(r.kind, r.target, r.params, r.since, r.healing, faults.of(r).sentence(r.target)) for r in records
    )
