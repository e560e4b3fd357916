"""A PACS server (Orthanc): whether it runs and listens, and how many images it holds, from its own index, read-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.placement import Instance
from monitors.reading import Section, Shell, json_of, read_sections

# The index is read as a file because its REST interface needs a password that looking does not deserve.
_COUNT = """import json, sqlite3
index = sqlite3.connect('file:/var/lib/orthanc/db-v6/index?mode=ro', uri=True, timeout=5)
kinds = dict(index.execute('select resourceType, count(*) from Resources group by 1'))
size = index.execute('select coalesce(sum(compressedSize), 0) from AttachedFiles').fetchone()[0]
print(json.dumps({'studies': kinds.get(1, 0), 'images': kinds.get(3, 0), 'bytes': size}))"""
COMMANDS = {
    "active": "systemctl is-active orthanc || true",
    "listening": "ss -Hltn",
    "index": f'python3 -c "{_COUNT}"',
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
    """The server's state; MedcloudError when its index cannot be read."""
    index = json_of(found["index"].require(f"{name}: index"), f"{name}: index")
    ports = {line.split()[3].rsplit(":", 1)[-1] for line in found["listening"].text.splitlines() if line.strip()}
    return PacsState(
        name=name,
        centre=centre,
        active=found["active"].text.strip() == "active",
        dicom=str(DICOM_PORT) in ports,
        studies=int(index["studies"]),
        images=int(index["images"]),
        size=int(index["bytes"]),
    )


def read(shell: Shell, instance: Instance) -> PacsState:
    """The server over one SSH round trip; MedcloudError when it does not answer."""
    found = read_sections(shell, str(instance.address), COMMANDS, timeout=15)
    return parse(instance.name, instance.centre, found)
