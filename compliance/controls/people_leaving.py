"""人员离岗 (8.1.8.2): who left has no account."""

from __future__ import annotations

from compliance.finding import Check
from compliance.register import no_account_of
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot


def _gone(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    return (no_account_of(snapshot.site, snapshot.taken.date(), external=False),)


ITEMS = controls(Each("L3-HRS1-04", "host", _gone))
