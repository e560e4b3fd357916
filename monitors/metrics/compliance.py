"""The last audit's verdicts; nothing when none was ever run or it cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from monitors.facts import Facts
from monitors.reading import Unread
from monitors.sample import Sample


def collect(facts: Facts) -> Iterator[Sample]:
    """Items by verdict, the conforming share of the applicable items, and when that was judged."""
    score = facts.score
    if score is None or isinstance(score, Unread):
        return
    for verdict, count in score.verdicts.items():
        yield Sample("medcloud_compliance_items", "MLPS items by verdict", count, {"verdict": verdict})
    yield Sample("medcloud_compliance_rate", "Conforming share of the applicable MLPS items", score.rate)
    yield Sample("medcloud_compliance_time_seconds", "When the last audit was taken", score.taken.timestamp())
