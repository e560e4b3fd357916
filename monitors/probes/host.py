"""A host's health in one round trip: uptime, load, failed services, memory and its root file system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from monitors.reading import Section, Shell, read_sections

# The services' own certificates (never the system's trust store): `<path> <end>` a line, none where there is none.
_CERTIFICATES = (
    "find /etc -xdev -path /etc/ssl/certs -prune -o -type f -size -64k \\( -name '*.crt' -o -name '*.pem' -o -name"
    " '*.cer' \\) -exec grep -lE -e 'BEGIN (TRUSTED )?CERTIFICATE' {} + | while read -r file; do"
    ' end=$(openssl x509 -in "$file" -noout -enddate) || exit 1; echo "$file ${end#notAfter=}"; done'
)
_OPENSSL_TIME = "%b %d %H:%M:%S %Y %Z"
COMMANDS = {
    "uptime": "cat /proc/uptime",
    "load": "cat /proc/loadavg",
    "memory": "cat /proc/meminfo",
    "failed": "systemctl list-units --state=failed --plain --no-legend --no-pager",
    "running": "systemctl is-system-running || true",
    "disk": "df -PB1 /",
    "processes": "ps -eo rss=",
    "certificates": _CERTIFICATES,
}


@dataclass(frozen=True)
class HostState:
    """Sizes in bytes, uptime in seconds. `memory_used` is what the host's own processes have resident: a host that
    shares its kernel (container, lab) sees the whole machine in /proc/meminfo. `certificates` are (path, end in epoch
    seconds) of what its services show, None when they could not be read."""

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
    certificates: tuple[tuple[str, float], ...] | None = None


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
        certificates=_ends(found.get("certificates")),
    )


def read(shell: Shell, name: str, address: str) -> HostState:
    """The host's state over one SSH round trip; MedcloudError when it does not answer."""
    return parse(name, read_sections(shell, address, COMMANDS, timeout=15))


def _meminfo(text: str) -> dict[str, int]:
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {key: int(value.split()[0]) * 1024 for key, value in pairs}


def _ends(section: Section | None) -> tuple[tuple[str, float], ...] | None:
    if section is None or section.exit != 0:
        return None
    pairs = [line.strip().partition(" ") for line in section.text.splitlines() if line.strip()]
    return tuple(
        (path, datetime.strptime(end, _OPENSSL_TIME).replace(tzinfo=UTC).timestamp()) for path, _, end in pairs
    )
