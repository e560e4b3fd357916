"""资产管理 (8.1.10.2): the inventory is what is there, and says how important it is and how data may flow."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import instances_declared
from compliance.finding import Finding, Seen, check, judge, judge_each
from compliance.raw import shown, site_of
from compliance.rules import Each, controls
from compliance.snapshot import Snapshot
from inventory.model import Site


def inventoried(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-04: discovered instances are the declared ones."""
    for evidence in snapshot.of("cloud"):
        yield judge("L3-MMS1-04", evidence, (instances_declared(snapshot.site, evidence.place),))


def labelled(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-05: every system says how important it is."""
    yield from judge_each("L3-MMS1-05", snapshot, "site", _graded)


@check(
    "model",
    "各级数据的存放区域与流向已规定",
    "for every grade of data the model says where it lies and where it may flow",
    "在模型中声明 zone 与 flows",
    "declare zones and flows",
)
def _handled(text: str) -> Seen:
    site = site_of(text)
    zones = {zone.name for zone in site.zones}
    lost = [f"{system.name}: zone {system.zone}" for system in site.systems if system.zone not in zones]
    grades = sorted({system.data_class for system in site.systems})
    return bool(site.flows) and not lost, shown(lost) or f"grades {grades}, {len(site.flows)} allowed flows"


@check(
    "model",
    "每个系统标明数据级别（GB/T 39725）",
    "every system has a data grade (GB/T 39725)",
    "在模型中补充 data_class",
    "add data_class to the model",
)
def _graded(text: str) -> Seen:
    site = Site.model_validate_json(text)
    lines = [f"{system.name}: grade {system.data_class}" for system in site.systems]
    return bool(lines), f"{len(lines)} systems with a data grade, e.g. {shown(lines, 2)}"


ITEMS = MappingProxyType(
    {
        "L3-MMS1-04": inventoried,
        "L3-MMS1-05": labelled,
        **controls(Each("L3-MMS1-06", "site", (_handled,))),
    }
)
