"""Images held by every PACS server: the copy at the DR centre should hold as many as production."""

from __future__ import annotations

from collections.abc import Iterator

from monitors.facts import Facts
from monitors.reading import Unread
from monitors.sample import Sample


def collect(facts: Facts) -> Iterator[Sample]:
    """Images, bytes and whether DICOM is answered, of every server that could be read."""
    for state in facts.pacs.values():
        if isinstance(state, Unread):
            continue
        labels = {"server": state.name, "centre": state.centre}
        yield Sample(
            "medcloud_pacs_up",
            "1 when the server runs and takes DICOM connections",
            float(state.active and state.dicom),
            labels,
        )
        yield Sample("medcloud_pacs_images", "DICOM images held", state.images, labels)
        yield Sample("medcloud_pacs_bytes", "Bytes of images held", state.size, labels)
