"""The database's door on answers taken from a real cluster."""

from __future__ import annotations

import base64
import json
import threading

import pytest

from dr.doors import database
from dr.doors.database import PatroniCluster, Seat, parse_lease, parse_members, parse_rows, scram
from dr.world import Lease
from inventory.error import MedcloudError
from monitors.ssh import Completed
from tests.dr.doors.shell import ScriptedShell

SEATS = (Seat("db-gaodian", "10.22.12.10", "gaodian"), Seat("db-fuzhou", "10.23.12.10", "fuzhou"))
CLUSTER = (
    '{"members": [{"name": "db-fuzhou", "role": "replica", "state": "streaming", "host": "10.23.12.10", "timeline": 5,'
    '"tags": {"nofailover": true}, "lag": 0}, {"name": "db-gaodian", "role": "leader", "state": "running",'
    '"host": "10.22.12.10", "timeline": 5}, {"name": "db-old", "role": "replica", "state": "stopped",'
    '"host": "10.21.12.10", "lag": "unknown"}], "scope": "his-database"}'
)


def key(value: str, lease: int = 0) -> str:
    item = {"key": "eA==", "value": base64.b64encode(value.encode()).decode()} | ({"lease": lease} if lease else {})
    return json.dumps({"header": {"revision": 496}, "kvs": [item], "count": 1})


def test_members_with_and_without_a_known_lag() -> None:
    fuzhou, gaodian, old = parse_members(CLUSTER)
    assert gaodian.is_leader and gaodian.works and fuzhou.works and fuzhou.lag == 0
    assert not old.works and old.lag is None


def test_the_lease_and_who_is_synchronous() -> None:
    sync = '{"leader":"db-old","quorum":0,"sync_standby":"db-gaodian"}'
    assert parse_lease(f"{key('db-old', 7868529635198089478)}\n{key(sync)}\n") == Lease(
        "db-old", 7868529635198089478, ("db-gaodian",)
    )


def test_a_list_of_synchronous_members_by_another_leader_does_not_count() -> None:
    sync = '{"leader":"db-gaodian","sync_standby":"db-fuzhou"}'
    lease = parse_lease(f"{key('db-old', 5)}\n{key(sync)}\n")
    assert lease is not None and lease.synchronous == ()


def test_no_leader_key_means_nobody_leads() -> None:
    assert parse_lease(f'{{"header":{{}}}}\n{key("{}")}\n') is None


def test_a_member_that_is_gone_is_passed_over() -> None:
    shell = ScriptedShell({"/cluster": CLUSTER}, gone=("10.22.12.10",))
    cluster = PatroniCluster(shell, "his-database", SEATS)
    assert len(cluster.members()) == 3
    assert shell.asked[0][:2] == ("10.23.12.10", "curl -sf -m 3 http://10.23.12.10:8008/cluster")


class HangingShell(ScriptedShell):
    """The first member's etcd hangs until it is let go."""

    def __init__(self) -> None:
        super().__init__({"/v3/kv/range": "answer", "/v3/kv/txn": "written"})
        self.free = threading.Event()

    def run(self, host: str, command: str, input: str | bytes | None = None, timeout: float = 30.0) -> Completed:
        if host == "10.22.12.10":
            self.free.wait(5)
        return super().run(host, command, input, timeout)


def test_a_member_that_hangs_is_not_waited_for_and_is_asked_last_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_HEDGE", 0.01)
    shell = HangingShell()
    cluster = PatroniCluster(shell, "his-database", SEATS)
    try:
        assert cluster.etcd("/v3/kv/range", "{}") == "answer"
        assert [host for host, _, _ in shell.asked] == ["10.23.12.10"]
        assert cluster.etcd("/v3/kv/txn", "{}") == "written" and shell.asked[-1][0] == "10.23.12.10"
    finally:
        shell.free.set()


def test_when_nobody_answers_the_error_says_so() -> None:
    cluster = PatroniCluster(ScriptedShell({}, gone=("10.22.12.10", "10.23.12.10")), "his-database", SEATS)
    with pytest.raises(MedcloudError, match="silent"):
        cluster.members()


def test_a_lease_is_revoked_in_hexadecimal_and_one_that_is_gone_already_is_no_error() -> None:
    shell = ScriptedShell({"lease revoke": Completed(0, "Error: etcdserver: requested lease not found", "")})
    PatroniCluster(shell, "his-database", SEATS).revoke(Lease("db-old", 255, ()), "db-new")
    named, _, revoked = shell.asked[0][1].partition(" && ")
    assert named.endswith("""put /service/his-database/failover '{"member":"db-new"}'""")
    assert revoked.endswith("lease revoke ff 2>&1 | grep -E 'revoked|not found'")


def test_a_lease_that_no_member_can_revoke_is_an_error() -> None:
    shell = ScriptedShell({"lease revoke": Completed(1, "", "")})
    with pytest.raises(MedcloudError, match="end the leader's lease"):
        PatroniCluster(shell, "his-database", SEATS).revoke(Lease("db-old", 255, ()), "db-new")
    assert [host for host, _, _ in shell.asked] == ["10.22.12.10", "10.23.12.10"]


def test_the_password_of_the_ledger_never_leaves_us() -> None:
    shell = ScriptedShell({"/cluster": CLUSTER})
    PatroniCluster(shell, "his-database", SEATS).prepare_ledger("hunter2")
    assert not any("hunter2" in part for asked in shell.asked for part in asked)
    assert any("PASSWORD 'SCRAM-SHA-256$4096:" in text for _, _, text in shell.asked)


def test_a_runs_rows_are_deleted_on_the_leader_only() -> None:
    shell = ScriptedShell({"/cluster": CLUSTER, "psql": "run-1\nrun-2\n"})
    database = PatroniCluster(shell, "his-database", SEATS)
    assert database.written_runs() == {"run-1", "run-2"}
    asked = len(shell.asked)
    database.forget_rows("run-1")
    (text,) = (text for _, command, text in shell.asked[asked:] if "psql" in command)
    assert text.count("WHERE run = 'run-1';") == 3 and "run-2" not in text


def test_scram_verifier_is_the_one_postgresql_makes() -> None:
    # password and salt of RFC 7677's example
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    assert scram("pencil", salt) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
        ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_rows_by_chain_and_kind() -> None:
    assert parse_rows("1|order|1\n1|charge|2\n7|order|1\n") == {1: {"order": 1, "charge": 2}, 7: {"order": 1}}


def test_an_answer_that_is_no_json_is_an_error_that_shows_it() -> None:
    with pytest.raises(MedcloudError, match="not JSON: <html>"):
        parse_members("<html>")
