"""备份与恢复管理 (8.1.10.11): what is backed up, how often, for how long, and that it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, check, judge_each
from compliance.history import drilled
from compliance.raw import shown, site_of
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.model import Site

_IMPORTANT = 3  # GB/T 39725 grade from which a system's data identifies people


def identified(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-34: every system with important data is named in a protection."""
    yield from judge_each("L3-MMS1-34", snapshot, "site", _scope, _named)


def scheduled(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-35: method, frequency, place and retention are declared."""
    yield from judge_each("L3-MMS1-35", snapshot, "site", _scheduled)


@check(
    "model",
    "每项备份规定了恢复验证周期",
    "every backup says how often a restore is proved",
    "在 backup 中写 restore_test_every",
    "declare restore_test_every",
)
def _restore_planned(text: str) -> Seen:
    backups = [(p.systems[0], p.backup) for p in site_of(text).protection if p.backup]
    lines = [f"{name}: a restore every {backup.restore_test_every.days} d" for name, backup in backups]
    return bool(lines), shown(lines, 3) or "no backup is declared"


def _restored(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    modes = ("restore",)
    return (drilled(snapshot.taken, modes, "一年内验证过备份恢复", "a restore from backup was proved within a year"),)


@check(
    "model",
    "重要数据的系统都列入备份范围",
    "every system with important data is named",
    "在模型中为其声明 protection",
    "declare a protection for it",
)
def _named(text: str) -> Seen:
    site = Site.model_validate_json(text)
    important = [system.name for system in site.systems if system.data_class >= _IMPORTANT]
    missing = [name for name in important if site.protection_of(name) is None]
    return bool(important) and not missing, shown(
        missing
    ) or f"{len(important)} systems of grade ≥ {_IMPORTANT}, all named"


@check("model", "已确定备份范围", "what is backed up is declared", "在模型中声明备份", "declare backups in the model")
def _scope(text: str) -> Seen:
    site = Site.model_validate_json(text)
    covered = [name for protection in site.protection if protection.backup for name in protection.systems]
    return bool(covered), f"{len(covered)} of {len(site.systems)} systems are backed up"


@check(
    "model",
    "备份方式、频度、保存期已声明",
    "frequency, place and retention are declared",
    "在 protection 中补充 backup",
    "add `backup` to the protection",
)
def _scheduled(text: str) -> Seen:
    site = Site.model_validate_json(text)
    without = [", ".join(p.systems) for p in site.protection if p.backup is None]
    lines = [f"{p.systems[0]}: every {p.backup.every}, kept {p.backup.keep}" for p in site.protection if p.backup]
    return bool(lines) and not without, shown(without or lines)


ITEMS = MappingProxyType(
    {
        "L3-MMS1-34": identified,
        "L3-MMS1-35": scheduled,
        **controls(Each("L3-MMS1-36", "site", (_restore_planned,)), Each("L3-MMS1-36", "drill", _restored)),
    }
)
