"""The demo's closing table: one line per promise, every figure out of this run's results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Results = Mapping[str, Any]
Row = tuple[str, str]
NOT_MEASURED = "not measured"


def closing_rows(results: Results) -> list[Row]:
    """Rows of (what, measured) from the steps' JSON results, keyed as `demo` names its steps."""
    return [
        *_clouds(results["apply"]),
        ("second look (plan) finds", f"{len(results['plan']['changes'])} changes"),
        *_link(results["link drill"]),
        *_drill(results["drill same-city-failover"]),
        *_drill(results["drill production-failback"]),
        *_capacity(results["capacity"]),
        *_audit(results["audit run"]),
        *(("report", str(path)) for path in results["report"]["files"] if str(path).endswith((".pdf", ".html"))),
    ]


def _clouds(applied: Mapping[str, Any]) -> Iterator[Row]:
    for centre in applied["centres"]:
        resources = sum(centre["resources"].values())
        machines = centre["machines"]
        yield (
            f"cloud {centre['centre']}",
            f"{resources} resources; {len(machines)} real machines, {centre['counted']} counted (Nova's fake driver)",
        )
    yield ("changed by this apply", str(applied["changed"]))


def _link(gap: Mapping[str, Any]) -> Iterator[Row]:
    yield (f"line cut {gap['link']}: packet gap", _milliseconds(gap["gap_ms"]))


def _drill(result: Mapping[str, Any]) -> Iterator[Row]:
    title = f"{result['plan']} ({result['source']} → {result['target']})"
    yield (title, f"{result['verdict']} in {result['seconds']:.0f} s, run {result['run_id']}")
    for system in result["systems"]:
        rto, declared = system["rto_seconds"], system["declared_rto_seconds"]
        measured = NOT_MEASURED if rto is None else f"{rto:.1f} s (declared {declared:.0f} s)"
        yield (f"  {system['system']}: RTO as the ward sees it", measured)
        before, after = system["missing_before_healing"], system["missing_after_healing"]
        yield (
            f"  {system['system']}: RPO, rows lost of {system['acknowledged']} acknowledged",
            f"{_count(before)} before healing, {_count(after)} after healing, {_count(system['doubled'])} doubled",
        )


def _capacity(found: Mapping[str, Any]) -> Iterator[Row]:
    for centre in found["centres"]:
        for pool in centre["compute"]:
            yield (
                f"capacity {centre['centre']} {pool['workload']}",
                f"{_count(pool['used_vcpus'])} used, {pool['committed_vcpus']} committed of {pool['vcpus']:g} vCPU; "
                f"{pool['headroom_vcpus']:g} left with {pool['spare_hosts']} hosts lost",
            )


def _audit(found: Mapping[str, Any]) -> Iterator[Row]:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in found["counts"].items())
    yield ("MLPS level 3 self-check (等保自查)", counts)


def _milliseconds(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.0f} ms"


def _count(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:g}"
