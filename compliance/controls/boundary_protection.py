"""边界防护 (8.1.3.1): only declared ways in and out, no wireless."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, Words, judge, judge_each
from compliance.raw import absent, shown, table
from compliance.snapshot import Evidence, Snapshot
from inventory.addresses import line_ends
from monitors.probes.line import parse_bgp


def controlled(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS1-01: traffic crosses the boundary on declared lines alone."""
    for evidence in snapshot.of("router"):
        yield judge("L3-ABS1-01", evidence, (_declared_peers(snapshot, evidence),))
    yield from judge_each("L3-ABS1-01", snapshot, "cloud", _ONE_EXTERNAL)


def wireless(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS1-04: no wireless card where none belongs."""
    yield from judge_each("L3-ABS1-04", snapshot, "host", _NO_WIRELESS)


def _declared_peers(snapshot: Snapshot, evidence: Evidence) -> Check:
    declared = {end.peer for end in line_ends(snapshot.site, evidence.place)}

    def test(text: str) -> Seen:
        peers = parse_bgp(text)
        unknown = [f"{peer}: {bgp.state}" for peer, bgp in peers.items() if peer not in declared]
        return bool(peers) and not unknown, shown(unknown) or f"{len(peers)} neighbours, all declared lines"

    return Check(
        "bgp",
        test,
        Words("路由邻居均为已声明的线路", "every routing neighbour is a declared line"),
        Words("登记或断开该线路", "declare the line or take it down"),
    )


def _one_external(text: str) -> Seen:
    found = [row["name"] for row in table(text) if row["is_router_external"]]
    return len(found) == 1, f"external networks: {', '.join(found) or 'none'}"


def _no_wireless(text: str) -> Seen:
    return absent(text), text.strip()


_ONE_EXTERNAL = Check(
    "networks",
    _one_external,
    Words("云只有一个外部网络出口", "the cloud has exactly one external network"),
    Words("删除多余的外部网络", "remove the other external networks"),
)
_NO_WIRELESS = Check(
    "wireless",
    _no_wireless,
    Words("服务器没有无线网卡", "no wireless card"),
    Words("拆除或禁用无线网卡", "remove or disable it"),
)

ITEMS = MappingProxyType({"L3-ABS1-01": controlled, "L3-ABS1-04": wireless})
