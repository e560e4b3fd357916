"""Whether each probe could read each object, and how long the whole look took."""

from __future__ import annotations

from collections.abc import Iterator

from monitors.facts import Facts
from monitors.reading import Unread
from monitors.sample import Sample


def collect(facts: Facts) -> Iterator[Sample]:
    """1 per probe and object that was read, 0 where it was not."""
    for probe, objects in facts.probes().items():
        for name, value in objects.items():
            yield Sample(
                "medcloud_scrape_success",
                "1 when the probe could read the object",
                float(not isinstance(value, Unread)),
                {"probe": probe, "object": name},
            )
    yield Sample("medcloud_scrape_duration_seconds", "Seconds one look at the site took", facts.seconds)
    yield Sample("medcloud_scrape_time_seconds", "When the site was last looked at", facts.taken.timestamp())
