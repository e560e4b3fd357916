"""应急预案管理 (8.1.10.13): plans exist, are drilled every year and looked at again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, Words, check, judge_each
from compliance.raw import shown
from compliance.register import record_within
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.baseline import Topic
from inventory.model import Site

_YEAR = timedelta(days=366)


def planned(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-42: there is a plan for the loss of a centre: what moves, where, in which order."""
    yield from judge_each("L3-MMS1-42", snapshot, "site", _ordered)


def drilled(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-43: a drill of this year ended well."""
    check = Check(
        "results",
        lambda text: _this_year(text, snapshot.taken),
        Words("一年内做过成功的应急演练", "a drill within a year ended well"),
        Words("medcloud drill run", "run a drill: medcloud drill run"),
    )
    yield from judge_each("L3-MMS1-43", snapshot, "drill", check)


def _reviewed(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    today = snapshot.taken.date()
    return (record_within(Topic.PLAN_REVIEW, today, "一年内评审过预案", "the plans were reviewed within a year"),)


@check(
    "model",
    "有按顺序切换的容灾预案",
    "there is a plan: what moves, in which order",
    "在模型中声明 protection",
    "declare protection in the model",
)
def _ordered(text: str) -> Seen:
    site = Site.model_validate_json(text)
    moving = [p for p in site.protection if p.copies]
    steps = [f"{p.order}: {', '.join(p.systems)}" for p in sorted(moving, key=lambda p: p.order)]
    return bool(steps), shown(steps) or "no system has a copy anywhere"


def _this_year(text: str, now: datetime) -> Seen:
    runs = json.loads(text)
    good = [run for run in runs if run["outcome"] == "met" and _age(run, now) <= _YEAR]
    lines = [f"{run['plan']} {run['run']}: {run['outcome']} {run['ended']}" for run in good or runs]
    return bool(good), shown(lines[-4:]) or "no drill was ever run"


def _age(run: dict[str, str], now: datetime) -> timedelta:
    return now - datetime.fromisoformat(run["ended"])


ITEMS = MappingProxyType(
    {"L3-MMS1-42": planned, "L3-MMS1-43": drilled, **controls(Each("L3-MMS1-44", "site", _reviewed))}
)
