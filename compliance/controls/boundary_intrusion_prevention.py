"""入侵防范，区域边界 (8.1.3.3): attacks from outside and inside are seen at the key nodes, recorded and alarmed."""

from __future__ import annotations

from compliance.detection import (
    ALARMS_ROUTED,
    GET_ALARMS,
    IDS_FIELDS,
    IDS_RUNS,
    NO_ALARMS,
    ids_engine,
    ids_rules,
)
from compliance.finding import Check
from compliance.rules import Each, Somewhere, controls
from compliance.snapshot import Evidence, Snapshot

_BEHAVIOUR = ids_engine(
    r"outputs\.\d+\.(eve-log\.types.*(anomaly|flow|netflow)|stats)|anomaly",
    "记录流量与异常行为供分析",
    "flows and anomalies are recorded for analysis",
)


def _current(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    return (IDS_RUNS, ids_rules(snapshot.taken))


ITEMS = controls(
    Each("L3-ABS1-10", "host", _current, roles=("edge",)),
    Each("L3-ABS1-11", "host", _current, roles=("router",)),
    Each("L3-ABS1-12", "host", (IDS_RUNS, _BEHAVIOUR), roles=("edge", "router")),
    Each("L3-ABS1-13", "host", (IDS_FIELDS,), roles=("edge", "router")),
    Somewhere("L3-ABS1-13", "host", "prometheus_alarms", (ALARMS_ROUTED,), NO_ALARMS, GET_ALARMS),
)
