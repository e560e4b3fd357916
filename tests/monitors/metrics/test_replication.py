"""Replication lag."""

from __future__ import annotations

from dataclasses import replace

from monitors.metrics import replication
from monitors.probes.replication import Cluster
from monitors.reading import Unread


def test_lag_of_the_members(facts, values):
    found = values(replication.collect(facts))
    assert found["medcloud_replication_lag_bytes", "his-database", "db-3", "fuzhou"] == 500
    assert found["medcloud_replication_lag_seconds", "his-database", "db-3", "fuzhou"] == 7.5
    assert found["medcloud_database_leaders", "his-database"] == 1
    assert found["medcloud_database_synchronous", "his-database", "db-2", "gaodian"] == 1.0


def test_an_unknown_lag_is_no_zero(facts, values):
    found = values(replication.collect(facts))
    assert ("medcloud_replication_lag_seconds", "his-database", "db-2", "gaodian") not in found
    assert ("medcloud_replication_lag_bytes", "his-database", "db-2", "gaodian") not in found


def test_no_leader_seen_is_not_no_leader_while_a_member_is_out_of_sight(facts, values):
    dark = replace(facts, clusters={"his-database": Cluster("his-database", None, (), (Unread("db-1", "timed out"),))})
    assert ("medcloud_database_leaders", "his-database") not in values(replication.collect(dark))
    none = replace(facts, clusters={"his-database": Cluster("his-database", None, (), ())})
    assert values(replication.collect(none))["medcloud_database_leaders", "his-database"] == 0
