"""配置管理 (8.1.10.8): the base configuration is on record, and changes go through the model."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import instances_declared
from compliance.finding import Check, Finding, Seen, Words, judge, judge_each
from compliance.history import APPLIED
from compliance.raw import shown
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot


def recorded(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-MMS1-27: this snapshot holds versions, services and addresses of every host, and routers' configuration."""
    yield from judge_each(
        "L3-MMS1-27", snapshot, "host", *(_holds(section) for section in ("identity", "units", "links"))
    )
    for evidence in snapshot.of("router"):
        yield judge("L3-MMS1-27", evidence, (_holds("frr"), _holds("nftables")))


def _as_declared(snapshot: Snapshot, evidence: Evidence) -> tuple[Check, ...]:
    """What is there is what the model says: nobody changed it past the model."""
    return (instances_declared(snapshot.site, evidence.place),)


def _holds(section: str) -> Check:
    def test(text: str) -> Seen:
        lines = [line for line in text.splitlines() if line.strip()]
        return bool(lines), shown(lines, 2) or "empty"

    return Check(
        section,
        test,
        Words(f"已记录 {section}", f"{section} is on record"),
        Words("重新采集", "collect it again"),
    )


ITEMS = MappingProxyType(
    {
        "L3-MMS1-27": recorded,
        **controls(Each("L3-MMS1-28", "records", (APPLIED,)), Each("L3-MMS1-28", "cloud", _as_declared)),
    }
)
