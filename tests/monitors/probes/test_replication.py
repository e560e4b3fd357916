"""Replication from Patroni's and PostgreSQL's own output."""

from __future__ import annotations

import json

from inventory.hosts import machine_instances
from inventory.model import Software
from monitors.probes import replication

SP2, GD, FZ = (f"his-database-{centre}-1" for centre in ("software-park-2", "gaodian", "fuzhou"))


def _captured_members(captured):
    members = []
    for name, centre, file in (
        (SP2, "software-park-2", "replication-primary.txt"),
        (GD, "gaodian", "replication-standby.txt"),
    ):
        found = captured(file)
        members.append(replication.parse_member(name, centre, found["patroni"].text, found["sql"].text))
    return members


def test_members_as_captured(captured):
    primary, standby = _captured_members(captured)
    assert (primary.role, primary.timeline, primary.upstream_of) == ("primary", 1, ((GD, "sync"),))
    assert (standby.role, standby.receiver, standby.timeline, standby.lag_seconds) == ("replica", "streaming", 1, 0.0)


def test_cluster_as_captured(captured):
    cluster = replication.cluster_of("his-database", _captured_members(captured))
    assert cluster.leader == SP2
    standby = cluster.members[1]
    assert (standby.sync, standby.lag_bytes) == ("sync", 0)


def _member(name, role="replica", lsn=100, receiver="streaming", caught_up=True, behind=40.0, standbys=()):
    own = {
        "in_recovery": role == "replica",
        "lsn": lsn,
        "timeline": 2,
        "receiver": receiver,
        "behind": behind,
        "caught_up": caught_up,
        "standbys": [{"name": n, "state": "streaming", "sync": s} for n, s in standbys],
    }
    return replication.parse_member(name, "c", json.dumps({"state": "running"}), json.dumps(own))


def test_lag_is_behind_the_leader_and_the_cascade_is_seen():
    cluster = replication.cluster_of(
        "his-database",
        [
            _member(SP2, "primary", 1000, standbys=[(GD, "sync")]),
            _member(GD, lsn=1000, standbys=[(FZ, "async")]),
            _member(FZ, lsn=400, caught_up=False),
        ],
    )
    far = cluster.members[2]
    assert (far.sync, far.lag_bytes, far.lag_seconds) == ("async", 600, 40.0)


def test_a_standby_that_lost_its_upstream_is_not_at_zero():
    assert _member(GD, receiver=None, caught_up=True, behind=300.0).lag_seconds == 300.0


def test_an_unknown_lag_is_none():
    assert _member(GD, receiver=None, behind=None).lag_seconds is None


def test_two_primaries_leave_no_leader_and_no_lag():
    cluster = replication.cluster_of("his-database", [_member(SP2, "primary", 10), _member(GD, "primary", 90)])
    assert cluster.leader is None
    assert [(m.lag_bytes, m.lag_seconds) for m in cluster.members] == [(None, None), (None, None)]


def test_a_member_out_of_reach_is_unread_and_the_rest_is_kept(xiamen, canned):
    databases = [i for i in machine_instances(xiamen) if i.system.software is Software.POSTGRESQL]
    shell = canned({str(databases[0].address): "replication-primary.txt"})
    cluster = replication.read(shell, "his-database", databases)
    assert [member.name for member in cluster.members] == [databases[0].name]
    assert [unread.what for unread in cluster.unread] == [i.name for i in databases[1:]]
    assert "timed out" in cluster.unread[0].why
