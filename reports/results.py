"""The results that a report shows, as the other rooms measured and judged them. Reading never adds a figure or a verdict.

A part that was not run is None in the dossier; a figure that nobody measured is None in its part. Times are aware, sizes
decimal GB, durations seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inventory.model import Text


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
    """What the ward's writer saw: acknowledgements, the gap, and the acknowledged rows missing before and after healing."""

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
class Finding:
    """The judgement of one requirement unit on one object, with the raw evidence."""

    item: str
    clause: str
    layer: str
    title: Text
    object: str
    verdict: str
    evidence: str
    remedy: Text


@dataclass(frozen=True)
class ItemVerdict:
    """A unit's verdict over all its objects."""

    item: str
    layer: str
    title: Text
    verdict: str


@dataclass(frozen=True)
class Audit:
    """One judgement of one snapshot."""

    taken: datetime
    items: tuple[ItemVerdict, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Resource:
    """One resource of a centre (vcpu, memory or a pool) in its unit; `limit` is what N+1 leaves usable."""

    name: str
    unit: str
    total: float
    limit: float | None
    committed: float | None
    used: float | None


@dataclass(frozen=True)
class CentreCapacity:
    centre: str
    resources: tuple[Resource, ...]


@dataclass(frozen=True)
class Capacity:
    taken: datetime
    centres: tuple[CentreCapacity, ...]


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
