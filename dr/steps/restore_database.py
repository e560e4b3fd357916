"""Restore a database from its backups to a moment, beside production, and compare its records with production's.

The drill's moment is chosen while the ward writes: what began before `settled` has ended before the moment, so the copy
must hold exactly those records, and none that production wrote after it. A moment given by a person lies in the past:
production may have lost records since (that is why one restores), so the copy may then hold more.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from dr.context import BackupDoor, Context, DatabaseDoor, Evidence, wait_until
from dr.result import Verdict
from dr.world import Entries
from inventory.error import MedcloudError
from inventory.model import Part
from inventory.repository import repository_of

_SPARE = 1.5  # the copy and the log that is replayed
_MARGIN = timedelta(seconds=10)  # a commit may take so long after its row was written
AWAITS = ("start-ledger",)


class Params(Part):
    """`moment`: ISO 8601 with time zone; left out, the drill chooses one and waits until `later` records came after it.
    `patience` seconds for the ledger and for the log to arrive."""

    system: str
    moment: str | None = None
    later: int = 20
    patience: float = 180.0


def check(context: Context, params: Params) -> None:
    """A backup that was not found damaged, and room for the copy."""
    backup = context.backup(params.system)
    state = backup.state()
    if state.age is None:
        raise MedcloudError(f"there is no backup of {params.system} yet", "look at medcloud-backup on its repository")
    if state.verified is False:
        raise MedcloudError(f"the backups of {params.system} are damaged: {state.said}", "take a whole backup now")
    room = backup.room()
    if room.needed * _SPARE > room.free:
        raise MedcloudError(
            f"a copy of {params.system} takes {room.needed:,} bytes, its repository has {room.free:,} free",
            "give its disk more room",
        )


def run(context: Context, params: Params) -> Evidence:
    """Restore to the moment, count, compare. A copy of this run that runs already stays."""
    backup, database = context.backup(params.system), context.database(params.system)
    began = time.monotonic()
    moment, settled = _chosen(context, params, backup, database)
    segment = database.close_log()
    wait_until(context.clock, f"segment {segment} to arrive", lambda: backup.segment(segment), params.patience, 0.5)
    made = backup.restore(context.run_id, moment)
    copy, production = backup.entries(context.run_id, settled, moment), database.entries(settled, moment)
    found = repository_of(context.site, params.system)
    return {
        "system": params.system,
        "point_in_time": True,
        "repository": found.name if found else "",
        "moment": moment,
        "compared_until": settled,
        "log_segment": segment,
        **made,
        "rows": copy.rows,
        "rows_in_production": production.rows,
        "rows_after_the_moment": copy.later,
        "rows_after_the_moment_in_production": production.later,
        "identical": copy.digest == production.digest,
        "seconds": round(time.monotonic() - began, 3),
        "verdict": Verdict.MET if _sound(copy, production, params.moment is None) else Verdict.MISSED,
    }


def undo(context: Context, params: Params) -> Evidence:
    """Remove the copy."""
    context.backup(params.system).remove(context.run_id)
    return {}


def _sound(copy: Entries, production: Entries, chosen_here: bool) -> bool:
    if copy.later or not copy.rows:
        return False
    return copy.digest == production.digest if chosen_here else copy.rows >= production.rows


def _chosen(context: Context, params: Params, backup: BackupDoor, database: DatabaseDoor) -> tuple[str, str]:
    known = backup.chosen(context.run_id)
    if known:
        return known
    if params.moment is not None:
        given = datetime.fromisoformat(params.moment)
        if given.tzinfo is None:
            raise MedcloudError(f"{params.moment} names no time zone", "for example 2026-11-22T03:10:00+08:00")
        chosen = given.isoformat(sep=" "), (given - _MARGIN).isoformat(sep=" ")
    else:
        chosen = _here(context, params, database)
    backup.choose(context.run_id, *chosen)
    return chosen


def _here(context: Context, params: Params, database: DatabaseDoor) -> tuple[str, str]:
    """A moment now: once everything that began before it has ended, and with records after it."""
    settled = database.now()
    wait_until(context.clock, "what began before to end", lambda: database.begun_before(settled) == 0, params.patience)
    moment = database.now()

    def enough() -> bool:
        return database.entries(settled, moment).later >= params.later

    wait_until(context.clock, f"{params.later} records after the moment", enough, params.patience)
    return moment, settled
