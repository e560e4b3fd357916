"""Demands on what was done before, as the site's own state tells it: drills, audits, applies, capacity."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from compliance.finding import Check, Seen, check
from compliance.raw import shown

YEAR = timedelta(days=366)
QUARTER = timedelta(days=92)


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


def _age(moment: str, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(moment)


def _line(run: dict[str, Any]) -> str:
    return f"{run['plan']} {run['run']}: {run['outcome']} {run['ended']}"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
