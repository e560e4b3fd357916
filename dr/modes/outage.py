"""In earnest: the source is gone already. The unplanned failover without a strike, and without a ledger before it.

Nobody can say by a ledger how long the ward waited, so no recovery time is claimed. The run goes on until the lost
centre was repaired by others and came home harmless: hold it with Ctrl-C for as long as that takes.
"""

from __future__ import annotations

from dr.modes import Calls, measure, rejoin_copies, start_ledger, start_standbys, verify
from dr.modes.unplanned import come_home, fence, move
from dr.plan import StepCall
from dr.route import Route

_NUDGE = 1.0  # seconds: the leader's time may have run out long ago, then Patroni waits for nothing that would wake it
_REPAIR = 7 * 86_400.0  # seconds; then the run is held, and resumed when the centre is there


def build(way: Route) -> list[StepCall]:
    """The calls after a real loss."""
    calls, source, target = Calls(), way.source.name, way.target.name
    cold = [system.name for system in way.standbys]
    ready = calls.add("assess-outage", lost=source, target=target, systems=list(way.moved), started=cold)
    fenced = fence(calls, way, ready)
    moved = move(calls, way, fenced, nudge=_NUDGE)
    arrived = tuple(name for names in moved.values() for name in names)
    started = start_standbys(calls, way, fenced, moved)
    writing = start_ledger(calls, way, arrived, target, alone=True)
    proved = verify(calls, way, writing, target)
    counted = measure(calls, way, (*proved, *started), "before-healing", "measure-before-healing", late=True)
    follow = rejoin_copies(calls, way, proved, leave_out=(source,))
    stopped = calls.add("stop-ledger", (*counted, *follow))
    back = calls.add("heal-centre", stopped, centre=source, wait_only=True, patience=_REPAIR)
    come_home(calls, way, back, late=True)
    return calls.found
