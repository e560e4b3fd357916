"""资产管理 (8.1.10.2): the inventory is what is there, and says how important it is and how data may flow."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, Words, check, judge, judge_each
from compliance.raw import shown, site_of, table
from compliance.rules import Each, controls
from compliance.snapshot import Snapshot
from inventory.model import Site
from inventory.placement import instances


def inventoried(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-04: discovered instances are the declared ones."""
    for evidence in snapshot.of("cloud"):
        yield judge("L3-MMS1-04", evidence, (_as_declared(snapshot.site, evidence.place),))


def labelled(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-05: every system says how important it is."""
    yield from judge_each("L3-MMS1-05", snapshot, "site", _GRADED)


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


def _as_declared(site: Site, centre: str) -> Check:
    declared = {instance.name for instance in instances(site, centre)}

    def test(text: str) -> Seen:
        known = {row["name"] for row in table(text)}
        missing, extra = sorted(declared - known), sorted(known - declared)
        raw = shown([f"missing {name}" for name in missing] + [f"undeclared {name}" for name in extra])
        return known == declared, raw or f"{len(known)} instances, all declared"

    return Check(
        "servers",
        test,
        Words("云中实例与资产清单一致", "the cloud's instances are the declared ones"),
        Words("应用模型或登记资产", "apply the model, or declare the asset"),
    )


def _graded(text: str) -> Seen:
    site = Site.model_validate_json(text)
    lines = [f"{system.name}: grade {system.data_class}" for system in site.systems]
    return bool(lines), f"{len(lines)} systems with a data grade, e.g. {shown(lines, 2)}"


_GRADED = Check(
    "model",
    _graded,
    Words("每个系统标明数据级别（GB/T 39725）", "every system has a data grade (GB/T 39725)"),
    Words("在模型中补充 data_class", "add data_class to the model"),
)

ITEMS = MappingProxyType(
    {
        "L3-MMS1-04": inventoried,
        "L3-MMS1-05": labelled,
        **controls(Each("L3-MMS1-06", "site", (_handled,))),
    }
)
