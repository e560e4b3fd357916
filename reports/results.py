"""The results that a report shows, as the other rooms measured and judged them; reading never adds to them.

A part that was not run is None in the dossier; a figure that nobody measured is None in its part. Times are aware,
sizes decimal GB, durations seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Step:
    """A drill step as its journal tells it; `detail` is its own words (proof, error)."""

    name: str
    started: datetime
    ended: datetime | None
    outcome: str
    detail: str


@dataclass(frozen=True)
class Target:
    """One promise of the model beside what was measured; `met` is the drill's own verdict, None when it gave none."""

    declared: float | None
    measured: float | None
    met: bool | None


@dataclass(frozen=True)
class Ledger:
    """What the ward's writer saw: acknowledgements, the gap, and how many acknowledged ones were missing."""

    acknowledged: int | None
    missing_before_heal: int | None
    missing_after_heal: int | None
    gap_start: datetime | None
    gap_end: datetime | None
    acks: tuple[datetime, ...]


@dataclass(frozen=True)
class Drill:
    """One run of a drill plan."""

    run: str
    plan: str
    mode: str
    source: str
    target: str
    systems: tuple[str, ...]
    outcome: str
    started: datetime
    ended: datetime | None
    rto: Target
    rpo: Target
    ledger: Ledger
    steps: tuple[Step, ...]
    plan_hash: str | None = None


@dataclass(frozen=True)
class CentreDeployment:
    """What the last apply left in one centre's cloud."""

    centre: str
    resources: int
    created: int
    updated: int
    replaced: int
    deleted: int
    same: int
    machines: int
    counted: int


@dataclass(frozen=True)
class Deployment:
    taken: datetime
    centres: tuple[CentreDeployment, ...]
