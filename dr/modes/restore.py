"""A restore to a point in time beside production: nothing moves, the ward goes on writing and is compared with.

A moment given by a person is a real need: the copy then stays, so that what was lost can be taken out of it.
"""

from __future__ import annotations

from dr.modes import Calls
from dr.plan import StepCall
from inventory.model import System


def build(system: System, moment: str | None) -> list[StepCall]:
    """The calls of a restore of that database."""
    calls, home = Calls(), system.centre
    ready = calls.add("assess-start", serving=home, target=home, systems=[system.name])
    writing = calls.add("start-ledger", ready, undo=True, system=system.name, source=home)
    restored = calls.add("restore-database", writing, undo=True, system=system.name, moment=moment)
    stopped = calls.add("stop-ledger", restored)
    if moment is None:
        calls.add("remove-restored", stopped, system=system.name)
    return calls.found
