"""A PACS server (Orthanc): whether it runs and listens, and how many images it holds by its own count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.placement import Instance
from monitors.reading import Section, Shell, json_of, read_sections

# Orthanc locks its index, so we ask its REST interface, there, with the password that stands there: it never travels.
_COUNT = """import base64, json, urllib.request
settings = json.load(open('/etc/orthanc/orthanc.json'))
user, word = next(iter(settings['RegisteredUsers'].items()))
request = urllib.request.Request('http://127.0.0.1:%d/statistics' % settings['HttpPort'])
request.add_header('Authorization', 'Basic ' + base64.b64encode((user + ':' + word).encode()).decode())
print(urllib.request.urlopen(request, timeout=5).read().decode())"""
COMMANDS = {
    "active": "systemctl is-active orthanc || true",
    "listening": "ss -Hltn",
    "statistics": f'python3 -c "{_COUNT}"',
}
DICOM_PORT = 4242


@dataclass(frozen=True)
class PacsState:
    """One server: studies and images (DICOM instances) held, size in bytes, whether it takes DICOM connections."""

    name: str
    centre: str
    active: bool
    dicom: bool
    studies: int
    images: int
    size: int


def parse(name: str, centre: str, found: Mapping[str, Section]) -> PacsState:
    """The server's state; MedcloudError when it does not tell its statistics."""
    told = json_of(found["statistics"].require(f"{name}: statistics"), f"{name}: statistics")
    ports = {line.split()[3].rsplit(":", 1)[-1] for line in found["listening"].text.splitlines() if line.strip()}
    return PacsState(
        name=name,
        centre=centre,
        active=found["active"].text.strip() == "active",
        dicom=str(DICOM_PORT) in ports,
        studies=int(told["CountStudies"]),
        images=int(told["CountInstances"]),
        size=int(told["TotalDiskSize"]),
    )


def read(shell: Shell, instance: Instance) -> PacsState:
    """The server over one SSH round trip; MedcloudError when it does not answer."""
    found = read_sections(shell, str(instance.address), COMMANDS, timeout=15)
    return parse(instance.name, instance.centre, found)
