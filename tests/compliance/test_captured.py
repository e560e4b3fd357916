"""The controls on what a real router, host and database of a rehearsal printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.judge import found_controls
from compliance.snapshot import Evidence
from monitors.reading import sections_of

CAPTURED = Path(__file__).parent.parent / "monitors" / "captured"


def _evidence(file: str, kind: str, role: str) -> Evidence:
    found = sections_of((CAPTURED / file).read_text(encoding="utf-8"))
    sections = {name.split(".")[1]: section.text for name, section in found.items() if section.exit == 0}
    return Evidence(role, kind, "software-park-2", role, sections, {})


@pytest.mark.parametrize(
    ("file", "kind", "role", "item", "verdict"),
    [
        ("evidence-host.txt", "host", "edge", "L3-CES1-01", "conform"),
        ("evidence-host.txt", "host", "edge", "L3-CES1-02", "conform"),
        ("evidence-host.txt", "host", "edge", "L3-CES1-03", "conform"),
        ("evidence-host.txt", "host", "edge", "L3-CES1-04", "partial"),
        ("evidence-host.txt", "host", "edge", "L3-CES1-05", "conform"),
        ("evidence-host.txt", "host", "edge", "L3-CES1-06", "partial"),
        ("evidence-host.txt", "host", "edge", "L3-CES1-12", "partial"),
        ("evidence-host.txt", "host", "edge", "L3-CES1-14", "partial"),
        ("evidence-host.txt", "host", "edge", "L3-CES1-18", "conform"),
        ("evidence-host.txt", "host", "edge", "L3-CES1-19", "conform"),
        ("evidence-host.txt", "host", "edge", "L3-SMC1-08", "conform"),
        ("evidence-router.txt", "router", "router", "L3-ABS1-05", "conform"),
        ("evidence-router.txt", "router", "router", "L3-ABS1-06", "conform"),
        ("evidence-router.txt", "router", "router", "L3-ABS1-07", "conform"),
        ("evidence-router.txt", "router", "router", "L3-ABS1-08", "partial"),
        ("evidence-router.txt", "router", "router", "L3-MMS1-27", "conform"),
        ("evidence-database.txt", "database", "postgresql", "L3-CES1-01", "conform"),
        ("evidence-database.txt", "database", "postgresql", "L3-CES1-06", "partial"),
        ("evidence-database.txt", "database", "postgresql", "L3-CES1-10", "conform"),
        ("evidence-database.txt", "database", "postgresql", "L3-CES1-26", "conform"),
        ("evidence-database.txt", "database", "postgresql", "L3-CES1-27", "nonconform"),
        ("evidence-database.txt", "database", "postgresql", "L3-CES1-29", "nonconform"),
        ("evidence-database.txt", "database", "postgresql", "L3-CES1-31", "conform"),
    ],
)
def test_verdict_of_the_real_thing(build, file, kind, role, item, verdict):
    [finding] = found_controls()[item](build(_evidence(file, kind, role)))
    assert finding.verdict == verdict, finding.proofs
    assert all(proof.raw for proof in finding.proofs)
