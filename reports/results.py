"""What a report is made from beyond the other rooms' own types: a drill with its ledger, and the last apply.

A figure that nobody measured is None. Times are aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dr.result import DrillResult
from dr.runs import Run


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
class Phase:
    """A phase of `apply`; `changed` counts tasks or resources that were not yet as declared."""

    name: str
    title: str
    seconds: float
    changed: int


@dataclass(frozen=True)
class CentreDeployment:
    """One centre's stack: resources per operation and per kind, instances that are machines and those only counted."""

    centre: str
    seconds: float
    operations: Mapping[str, int]
    resources: Mapping[str, int]
    machines: tuple[str, ...]
    counted: int

    @property
    def left(self) -> int:
        """How many resources stand after the operation."""
        return sum(self.resources.values()) - self.operations.get("delete", 0)


@dataclass(frozen=True)
class Deployment:
    """The last whole `apply`, as it keeps itself in `apply.json`."""

    site: str
    at: datetime
    changed: int
    phases: tuple[Phase, ...]
    centres: tuple[CentreDeployment, ...]
