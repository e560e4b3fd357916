"""Everything one report is made from: the model and the newest result of each room, or None for what was not run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from compliance.judge import Audit
from inventory.model import Site
from monitors.capacity import Capacity
from reports.results import Deployment, Drill


@dataclass(frozen=True)
class Dossier:
    """The input of all renderings; they may show it differently but never add to it."""

    site: Site
    made: datetime
    drill: Drill | None
    audit: Audit | None
    capacity: Capacity | None
    deployment: Deployment | None
