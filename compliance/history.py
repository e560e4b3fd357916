"""Demands on what was done before, as the site's own state tells it: drills, audits, applies, capacity."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from compliance.finding import Check, Seen, check
from compliance.raw import shown

YEAR = timedelta(days=366)
QUARTER = timedelta(days=92)
_GAP_MS = 1000  # a second: teleconsultation goes on


def drilled(now: datetime, modes: tuple[str, ...], zh: str, en: str, span: timedelta = YEAR) -> Check:
    """A drill of one of these modes ended well within `span`; no mode named: any drill."""

    @check("results", zh, en, "medcloud drill run", "run it: medcloud drill run")
    def test(text: str) -> Seen:
        runs = [run for run in json.loads(text) if not modes or run.get("mode") in modes]
        good = [run for run in runs if run["outcome"] == "met" and _age(run["ended"], now) <= span]
        what = " or ".join(modes) or "any kind"
        return bool(good), shown([_line(run) for run in (good or runs)[-3:]]) or f"no drill ({what}) was ever run"

    return test


def audited(now: datetime, span: timedelta, zh: str, en: str) -> Check:
    """An earlier audit of this site lies within `span`."""

    @check("audits", zh, en, "定期运行 medcloud audit run", "run medcloud audit run on a schedule")
    def test(text: str) -> Seen:
        runs = json.loads(text)
        lines = [f"{run['taken']}: {_counted(run['counts'])}" for run in runs]
        recent = [run for run in runs if _age(run["taken"], now) <= span]
        return bool(recent), shown(lines[-2:]) or "no earlier audit is on record"

    return test


@check(
    "apply",
    "变更由版本化模型统一实施并留有记录",
    "changes are applied from the versioned model and leave a record",
    "用 medcloud apply 实施变更",
    "make changes with medcloud apply",
)
def APPLIED(text: str) -> Seen:
    """The last apply says when it ran and what it changed."""
    runs = json.loads(text)
    lines = [f"{run['at']}: {run['changed']} changed in {len(run['phases'])} phases" for run in runs]
    return bool(lines), shown(lines[-2:]) or "no apply is on record"


@check(
    "capacity",
    "失去备用主机后仍有余量",
    "there is room left with the spare hosts lost",
    "扩容或迁出系统（medcloud capacity）",
    "add hosts or move systems (medcloud capacity)",
)
def ROOM_AT_PEAK(text: str) -> Seen:
    """No deployed pool of compute is short when its spare hosts fail."""
    centres = [centre for report in json.loads(text)[-1:] for centre in report["centres"]]
    pools = [(centre["centre"], pool) for centre in centres for pool in centre["compute"]]
    rows = [(f"{name} {pool['workload']}", pool["headroom_vcpus"], pool["headroom_memory_gb"]) for name, pool in pools]
    short = [f"{name}: {cpus:g} vCPU, {memory:g} GB" for name, cpus, memory in rows if min(cpus, memory) < 0]
    listed = [f"{name}: {cpus:g} vCPU left" for name, cpus, _ in rows]
    return bool(rows) and not short, shown(short or listed)


@check(
    "cuts",
    f"断线切换实测中断不超过 {_GAP_MS} 毫秒",
    f"a line was cut and traffic went on within {_GAP_MS} ms",
    "medcloud link drill，并修复切换",
    "run medcloud link drill and mend the switchover",
)
def CUT_SURVIVED(text: str) -> Seen:
    """The last measured cut of each line cost less than a second of packets."""
    last = {cut["link"]: cut for cut in json.loads(text)}
    lines = [f"{name}: {cut['gap_ms']} ms" for name, cut in last.items()]
    slow = [name for name, cut in last.items() if cut["gap_ms"] is None or cut["gap_ms"] > _GAP_MS]
    return bool(last) and not slow, shown(lines) or "no line was ever cut on purpose"


def _age(moment: str, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(moment)


def _line(run: dict[str, Any]) -> str:
    return f"{run['plan']} {run['run']}: {run['outcome']} {run['ended']}"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
