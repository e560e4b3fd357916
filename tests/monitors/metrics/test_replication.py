"""Replication lag."""

from __future__ import annotations

from monitors.metrics import replication


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
