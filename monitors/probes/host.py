"""A host's health in one round trip: uptime, load, failed services, memory and its root file system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitors.reading import Section, Shell, read_sections

COMMANDS = {
    "uptime": "cat /proc/uptime",
    "load": "cat /proc/loadavg",
    "memory": "cat /proc/meminfo",
    "failed": "systemctl list-units --state=failed --plain --no-legend --no-pager",
    "running": "systemctl is-system-running || true",
    "disk": "df -PB1 /",
    "processes": "ps -eo rss=",
}


@dataclass(frozen=True)
class HostState:
    """Sizes in bytes, uptime in seconds. `memory_used` is what the host's own processes have resident: a host that
    shares its kernel (container, lab) sees the whole machine in /proc/meminfo."""

    name: str
    uptime: float
    load1: float
    memory_total: int
    memory_available: int
    memory_used: int
    disk_size: int
    disk_used: int
    state: str
    failed: tuple[str, ...]


def parse(name: str, found: Mapping[str, Section]) -> HostState:
    """The host's state; KeyError or ValueError when a section is missing or unreadable."""
    memory = _meminfo(found["memory"].text)
    disk = found["disk"].text.splitlines()[-1].split()
    return HostState(
        name=name,
        uptime=float(found["uptime"].text.split()[0]),
        load1=float(found["load"].text.split()[0]),
        memory_total=memory["MemTotal"],
        memory_available=memory["MemAvailable"],
        memory_used=sum(int(size) for size in found["processes"].text.split()) * 1024,
        disk_size=int(disk[1]),
        disk_used=int(disk[2]),
        state=found["running"].text.strip().splitlines()[-1],
        failed=tuple(line.split()[0] for line in found["failed"].text.splitlines() if line.strip()),
    )


def read(shell: Shell, name: str, address: str) -> HostState:
    """The host's state over one SSH round trip; MedcloudError when it does not answer."""
    return parse(name, read_sections(shell, address, COMMANDS, timeout=15))


def _meminfo(text: str) -> dict[str, int]:
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {key: int(value.split()[0]) * 1024 for key, value in pairs}
