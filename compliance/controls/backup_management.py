"""备份与恢复管理 (8.1.10.11): what is backed up, how often, for how long."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, Words, judge_each
from compliance.raw import shown
from compliance.snapshot import Snapshot
from inventory.model import Site

_IMPORTANT = 3  # GB/T 39725 grade from which a system's data identifies people


def identified(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-34: every system with important data is named in a protection."""
    yield from judge_each("L3-MMS1-34", snapshot, "site", _SCOPE, _NAMED)


def scheduled(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-35: method, frequency, place and retention are declared."""
    yield from judge_each("L3-MMS1-35", snapshot, "site", _SCHEDULED)


def _named(text: str) -> Seen:
    site = Site.model_validate_json(text)
    important = [system.name for system in site.systems if system.data_class >= _IMPORTANT]
    missing = [name for name in important if site.protection_of(name) is None]
    return bool(important) and not missing, shown(
        missing
    ) or f"{len(important)} systems of grade ≥ {_IMPORTANT}, all named"


def _scope(text: str) -> Seen:
    site = Site.model_validate_json(text)
    covered = [name for protection in site.protection if protection.backup for name in protection.systems]
    return bool(covered), f"{len(covered)} of {len(site.systems)} systems are backed up"


def _scheduled(text: str) -> Seen:
    site = Site.model_validate_json(text)
    without = [", ".join(p.systems) for p in site.protection if p.backup is None]
    lines = [f"{p.systems[0]}: every {p.backup.every}, kept {p.backup.keep}" for p in site.protection if p.backup]
    return bool(lines) and not without, shown(without or lines)


_SCOPE = Check(
    "model",
    _scope,
    Words("已确定备份范围", "what is backed up is declared"),
    Words("在模型中声明备份", "declare backups in the model"),
)
_NAMED = Check(
    "model",
    _named,
    Words("重要数据的系统都列入备份范围", "every system with important data is named"),
    Words("在模型中为其声明 protection", "declare a protection for it"),
)
_SCHEDULED = Check(
    "model",
    _scheduled,
    Words("备份方式、频度、保存期已声明", "frequency, place and retention are declared"),
    Words("在 protection 中补充 backup", "add `backup` to the protection"),
)

ITEMS = MappingProxyType({"L3-MMS1-34": identified, "L3-MMS1-35": scheduled})
