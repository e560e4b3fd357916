"""What a report is made from beyond the other rooms' own types: a drill with its ledger, and the last apply.

A figure that nobody measured is None. Times are aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dr.result import DrillResult
from dr.runs import Run
from stacks.result import StackResult


@dataclass(frozen=True)
class Drill:
    """A finished run: its result, the moments of the ward's acknowledgements, and the journal's last hash."""

    result: DrillResult
    acks: tuple[datetime, ...]
    journal_hash: str


@dataclass(frozen=True)
class PastRun:
    """A run in the site's history; `result` is None while it is not finished."""

    run: Run
    result: DrillResult | None


@dataclass(frozen=True)
class Deployment:
    """What the last `apply` did and left in the clouds: one result per centre's stack."""

    taken: datetime
    stacks: tuple[StackResult, ...]
