"""入侵防范，云边界 (8.2.3.2): attacks by tenants, on network nodes and between instances are seen."""

from __future__ import annotations

from compliance.detection import (
    ALARMS_ROUTED,
    GET_ALARMS,
    IDS_FIELDS,
    IDS_RUNS,
    NO_ALARMS,
    alarm_rules,
    ids_rules,
)
from compliance.finding import Check, Seen, check
from compliance.raw import shown
from compliance.rules import Each, Somewhere, controls
from compliance.snapshot import Evidence, Snapshot


@check(
    "flow_export",
    "虚拟交换机输出流量（sFlow、IPFIX 或镜像）",
    "the virtual switch exports flows (sFlow, IPFIX or a mirror)",
    "在 br-int 上启用 IPFIX",
    "switch IPFIX on at br-int",
)
def _flows_exported(text: str) -> Seen:
    rows = [line.split() for line in text.splitlines() if len(line.split()) == 2]
    on = [" ".join(row) for row in rows if row[1].isdigit() and int(row[1]) > 0]
    return bool(on), shown(on or [" ".join(row) for row in rows]) or text.strip()


def _current(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    return (IDS_RUNS, ids_rules(snapshot.taken))


_ABNORMAL = alarm_rules(
    r"intrusion|ids|abnormal|traffic|flow", "异常流量有报警规则", "abnormal traffic has an alarm rule"
)

ITEMS = controls(
    Each("L3-ABS2-03", "host", lambda s, e: (*_current(s, e), IDS_FIELDS), roles=("router",)),
    Each("L3-ABS2-04", "host", _current, roles=("node",)),
    Each("L3-ABS2-05", "node", (_flows_exported,)),
    Somewhere("L3-ABS2-06", "host", "prometheus_rules", (_ABNORMAL,), NO_ALARMS, GET_ALARMS),
    Somewhere("L3-ABS2-06", "host", "prometheus_alarms", (ALARMS_ROUTED,), NO_ALARMS, GET_ALARMS),
)
