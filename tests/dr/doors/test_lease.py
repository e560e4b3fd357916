"""The lease records on answers as etcd 3.4 gives them."""

from __future__ import annotations

import base64
import json
from typing import Any

from dr.doors.lease import LeaseRecords
from dr.world import Grant

KEY = base64.b64encode(b"/medcloud/lease/his-database").decode()
VALUE = {"centre": "gaodian", "proof": "fenced", "run": "run-1", "token": 6}


def coded(value: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(value, sort_keys=True).encode()).decode()


class Etcd:
    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Any]] = []

    def etcd(self, path: str, body: str) -> str:
        self.asked.append((path, json.loads(body)))
        return json.dumps(self.answers[path])


FOUND = {"header": {"revision": "90"}, "kvs": [{"key": KEY, "mod_revision": "88", "value": coded(VALUE)}], "count": "1"}


def test_a_grant_with_the_revision_of_its_record() -> None:
    etcd = Etcd({"/v3/kv/range": FOUND})
    assert LeaseRecords(lambda: etcd).grant("his-database") == Grant(
        "his-database", "gaodian", 6, "run-1", "fenced", 88
    )
    assert etcd.asked == [("/v3/kv/range", {"key": KEY})]


def test_no_lease_was_ever_taken() -> None:
    etcd = Etcd({"/v3/kv/range": {"header": {"revision": "90"}}})
    assert LeaseRecords(lambda: etcd).grant("his-database") is None


def test_a_record_is_replaced_only_by_who_has_seen_it() -> None:
    etcd = Etcd({"/v3/kv/txn": {"header": {"revision": "88"}, "succeeded": True, "responses": [{}]}})
    written = LeaseRecords(lambda: etcd).grant_next(Grant("his-database", "gaodian", 6, "run-1", "fenced", 87))
    assert written is not None and written.revision == 88
    body = etcd.asked[0][1]
    assert body["compare"] == [{"key": KEY, "target": "MOD", "result": "EQUAL", "modRevision": "87"}]
    assert body["success"] == [{"requestPut": {"key": KEY, "value": coded(VALUE)}}]


def test_somebody_else_was_quicker() -> None:
    etcd = Etcd({"/v3/kv/txn": {"header": {}}})
    assert LeaseRecords(lambda: etcd).grant_next(Grant("his-database", None, 5, "run-1", "", 3)) is None


def test_a_first_try_whose_answer_was_lost_has_written_the_record() -> None:
    there = {"response_range": {"kvs": FOUND["kvs"]}}
    etcd = Etcd({"/v3/kv/txn": {"header": {"revision": "90"}, "responses": [there]}})
    leases = LeaseRecords(lambda: etcd)
    written = leases.grant_next(Grant("his-database", "gaodian", 6, "run-1", "fenced", 87))
    assert written is not None and written.revision == 88
    assert leases.grant_next(Grant("his-database", "gaodian", 6, "run-2", "fenced", 87)) is None, "another run's"
    assert etcd.asked[0][1]["failure"] == [{"requestRange": {"key": KEY}}]
