"""When and on what a figure was measured: nobody can use it without."""

from __future__ import annotations

import os
from datetime import UTC, datetime


def circumstances() -> str:
    """Date, how many cores this process may use of the machine's, and the load of the last minute and quarter."""
    now, (minute, _, quarter) = datetime.now(UTC), os.getloadavg()
    cores = f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores"
    return f"{now:%Y-%m-%d %H:%M} UTC, {cores}, load {minute:.0f} (last quarter of an hour {quarter:.0f})"
