"""State of every carrier line, per end and carrier."""

from __future__ import annotations

from collections.abc import Iterator

from monitors.facts import Facts
from monitors.reading import Unread
from monitors.sample import Sample


def collect(facts: Facts) -> Iterator[Sample]:
    """Up or down, seconds up and accepted prefixes of every line end whose router answered."""
    for lines in facts.lines.values():
        if isinstance(lines, Unread):
            continue
        for line in lines:
            labels = {"link": line.link, "carrier": line.carrier, "place": line.place, "peer": line.peer_place}
            yield Sample("medcloud_link_up", "1 when BFD and BGP of the line are up", float(line.up), labels)
            yield Sample("medcloud_link_uptime_seconds", "Seconds since the line came up", line.uptime, labels)
            yield Sample("medcloud_link_prefixes", "Prefixes accepted over the line", line.received, labels)
