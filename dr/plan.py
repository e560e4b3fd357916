"""Drill plans as data: which steps, what each waits for, with which parameters. `dr.planner` computes them.

Together with its site a plan is pinned to a run by two hashes, so a later edit of the model changes no run and
invalidates what it proved.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from dr.journal import digest
from inventory.model import Part, Site

Params = dict[str, Any]


class Mode(StrEnum):
    """How a plan changes sides (design, section 8)."""

    TABLETOP = "tabletop"  # walked and predicted; nothing changes
    TEST = "test"  # copies in an isolated bubble; production stays where it is and protected
    PLANNED = "planned"  # drained, the last byte shipped, nothing lost
    UNPLANNED = "unplanned"  # a centre is taken away on purpose, and what follows is measured from that moment
    OUTAGE = "outage"  # in earnest: a centre is gone already, so nothing is struck and no ledger ran before
    FAILBACK = "failback"  # planned, back to the home centre
    RESTORE = "restore"  # a past moment brought back from backups, beside production


LOST = (Mode.UNPLANNED, Mode.OUTAGE)  # the source is gone: fenced, never asked for anything


class StepCall(Part):
    """One step of a plan: the file `dr/steps/<step>.py` with parameters; `after` names the calls it waits for.

    `undo` says that the step is undone when the run is abandoned; without it what was done stays.
    """

    name: str
    step: str
    params: Params
    after: tuple[str, ...] = ()
    undo: bool = False


SHEDDING, HALF_DEAD = "shedding", "half-dead"  # what an `Acceptance` is of


class Acceptance(Part):
    """A named person's agreement to a price of the plan: `shedding` (systems that will not run at the target),
    `half-dead` (in earnest a centre is left of which something still answers)."""

    what: str
    by: str


class Plan(Part):
    """A drill from `source` to `target`; `steps` are listed in an order that `after` allows, most urgent first.

    `moved` are the systems whose service the drill moves or watches; `started` those whose cold instances OpenStack
    starts at the target; `stranded` have a service at the source and no copy at the target; `shed` find no room there,
    first to go first; `left_out` are protected systems that this drill proves nothing about. `walks` is the mode that
    a tabletop walks.
    """

    name: str
    mode: Mode
    source: str
    target: str
    moved: tuple[str, ...]
    left_out: tuple[str, ...]
    steps: tuple[StepCall, ...]
    started: tuple[str, ...] = ()
    stranded: tuple[str, ...] = ()
    shed: tuple[str, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    walks: Mode | None = None

    @property
    def hash(self) -> str:
        """SHA-256 of the plan's canonical JSON."""
        return digest(self.model_dump(mode="json"))


def model_hash(site: Site) -> str:
    """SHA-256 of the site model's canonical JSON."""
    return digest(site.model_dump(mode="json"))
