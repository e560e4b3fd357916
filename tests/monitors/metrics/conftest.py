"""Facts with one of everything."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inventory.model import Site
from monitors.capacity import compute
from monitors.facts import Facts, Score
from monitors.probes.cloud import CloudState, Server
from monitors.probes.host import HostState
from monitors.probes.line import LineState
from monitors.probes.pacs import PacsState
from monitors.probes.replication import Cluster, Member
from monitors.reading import Unread

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OUT = Unread("x", "timed out")


@pytest.fixture
def facts(xiamen: Site) -> Facts:
    """One good and one unread object for every probe."""
    up = LineState("mh-gd-telecom", "telecom", "gaodian", "main-hospital", "up", "Established", 12.0, 4, "ok")
    down = LineState("mh-gd-unicom", "unicom", "gaodian", "main-hospital", "down", "Active", 0.0, 0, "expired")
    cloud = CloudState("fuzhou", (), (Server("his-fuzhou-1", "p", "ACTIVE", "h", True, 8, 30518),), ())
    lead = Member("db-1", "software-park-2", "primary", "running", 3, "", "", 900, 0, 0.0)
    far = Member("db-3", "fuzhou", "replica", "running", 3, "streaming", "async", 400, 500, 7.5)
    blind = Member("db-2", "gaodian", "replica", "running", 3, "", "sync", 1, None, None)
    node = HostState("node", 60.0, 0.1, 100, 50, 40, 1000, 250, "degraded", ("auditd.service",))
    clouds = {"fuzhou": cloud, "gaodian": OUT}
    return Facts(
        site="xiamen", taken=NOW, seconds=1.5,
        lines={"gaodian-router-1": (up, down), "fuzhou-router-1": OUT},
        clusters={"his-database": Cluster("his-database", "db-1", (lead, blind, far), ())},
        hosts={"node": node, "n2": OUT},
        pacs={"pacs-1": PacsState("pacs-1", "gaodian", True, False, 2, 30, 5000), "pacs-2": OUT},
        clouds=clouds,
        capacity=compute(xiamen, NOW, clouds),
        score=Score(NOW, {"conform": 20, "nonconform": 5}, 0.08),
    )  # fmt: skip


@pytest.fixture
def values():
    """Samples → (name, label values) → value; a name and labels may occur once."""

    def index(samples):
        found = {}
        for sample in samples:
            key = (sample.name, *sample.labels.values())
            assert key not in found
            found[key] = sample.value
        return found

    return index
