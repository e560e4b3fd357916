"""What a lab looks like right now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lab.faults import Faults
from lab.line import Relayed
from lab.machine import LabMachine


@dataclass(frozen=True)
class MachineStatus:
    """`memory_mb` is what its processes use, None when it is off. `pid` is its process 1 on the host."""

    name: str
    kind: str
    place: str
    address: str
    running: bool
    pid: int | None
    memory_mb: int | None


@dataclass(frozen=True)
class LineStatus:
    """`state` is up, cut, silent or down; delay in milliseconds one way, bandwidth in Mbit/s."""

    name: str
    a: str
    b: str
    state: str
    delay_ms: float
    bandwidth_mbit: float


@dataclass(frozen=True)
class LabStatus:
    """`faults` are the faults done on purpose, one sentence each."""

    name: str
    machines: tuple[MachineStatus, ...]
    lines: tuple[LineStatus, ...]
    faults: tuple[str, ...]

    @property
    def up(self) -> bool:
        """Whether everything runs that nobody broke on purpose."""
        broken = {fault.split()[0] for fault in self.faults}
        machines = all(m.running for m in self.machines if m.name not in broken)
        return machines and all(item.state != "down" for item in self.lines)


def describe(name: str, machines: Iterable[LabMachine], lines: Iterable[Relayed], faults: Faults) -> LabStatus:
    """The status of these machines and lines as the kernel shows them."""
    return LabStatus(name, tuple(map(_machine, machines)), tuple(map(_line, lines)), _sentences(faults))


def _machine(item: LabMachine) -> MachineStatus:
    init, stock = item.init, item.machine
    memory = item.cell.memory_mb() if init else None
    pid = init.pid if init else None
    return MachineStatus(item.name, stock.kind, stock.place, str(stock.management.ip), init is not None, pid, memory)


def _line(item: Relayed) -> LineStatus:
    line = item.line
    return LineStatus(line.name, *line.places, item.actual, line.delay_ms, line.bandwidth_mbit)


def _sentences(faults: Faults) -> tuple[str, ...]:
    return (
        *(f"{line} is cut" for line in faults.cut),
        *(f"{machine} has no power" for machine in faults.killed),
        *(f"{place} is isolated" for place in faults.isolated),
    )
