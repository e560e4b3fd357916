"""The gate before a database: what it decides and what it tells the kernel, with etcd and nft as they answer."""

from __future__ import annotations

import base64
import importlib.machinery
import importlib.util
import io
import json
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "playbooks/roles/lease/files/medcloud-lease-gate"
CONFIG = {
    "system": "his-database",
    "centre": "gaodian",
    "port": 5432,
    "seconds": 10,
    "interval": 0.5,
    "etcd": ["a", "b"],
}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("lease_gate", str(SCRIPT))
    spec = importlib.util.spec_from_loader("lease_gate", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    loader.exec_module(module)
    monkeypatch.setattr(module, "FOLDER", str(tmp_path))
    return module


@pytest.mark.parametrize(
    ("grant", "seen", "open"),
    [
        (None, 0, True),
        (None, 3, False),
        ({"centre": "gaodian", "token": 4}, 3, True),
        ({"centre": "gaodian", "token": 4}, 4, True),
        ({"centre": "gaodian", "token": 4}, 5, False),
        ({"centre": "fuzhou", "token": 6}, 5, False),
        ({"centre": None, "token": 6}, 5, False),
    ],
)
def test_only_the_centre_with_the_newest_token_may_serve(gate: ModuleType, grant: Any, seen: int, open: bool) -> None:
    assert gate.verdict(grant, "gaodian", seen)[0] is open


def look(gate: ModuleType, monkeypatch: pytest.MonkeyPatch, grant: Any, seconds: float = 0.2) -> tuple[Any, str]:
    told: list[str] = []
    times = iter((100.0, 100.0 + seconds))
    monkeypatch.setattr(gate, "ask", lambda hosts, system: grant)
    monkeypatch.setattr(gate, "nft", told.append)
    monkeypatch.setattr(gate.time, "monotonic", lambda: next(times))
    return gate.look(CONFIG), told[0]


def test_an_opening_runs_out_counted_from_before_the_question(
    gate: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, told = look(gate, monkeypatch, {"centre": "gaodian", "token": 4})
    assert said == {"open": True, "token": 4, "holder": "gaodian", "why": "this centre may serve"}
    assert told.splitlines()[-1] == "add element inet medcloud_lease open { 5432 timeout 9800ms }"


def test_an_answer_that_came_too_late_opens_nothing(gate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    said, told = look(gate, monkeypatch, {"centre": "gaodian", "token": 4}, seconds=10.5)
    assert said["open"] is False and "timeout" not in told


def test_the_newest_token_is_remembered_over_a_restart(gate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    said, told = look(gate, monkeypatch, {"centre": "fuzhou", "token": 7})
    assert said["open"] is False and "timeout" not in told and gate.newest() == 7
    said, _ = look(gate, monkeypatch, {"centre": "gaodian", "token": 6})
    assert said["open"] is False and said["why"] == "token 6 is older than 7"


def test_the_next_member_is_asked_when_one_is_silent(gate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    record = base64.b64encode(b'{"centre": "gaodian", "token": 4}').decode()

    class Answer:
        def __enter__(self) -> Answer:
            return self

        def __exit__(self, *_: object) -> None: ...

        def read(self) -> bytes:
            return json.dumps({"kvs": [{"value": record}]}).encode()

    def urlopen(url: str, body: bytes, timeout: float) -> Answer:
        if url.startswith("http://a:"):
            raise OSError("silent")
        return Answer()

    monkeypatch.setattr(gate.urllib.request, "urlopen", urlopen)
    assert gate.ask(["a", "b"], "his-database") == {"centre": "gaodian", "token": 4}
    with pytest.raises(OSError, match="silent"):
        gate.ask(["a"], "his-database")


@pytest.mark.parametrize(("centre", "code"), [("gaodian", 0), ("fuzhou", 1), (None, 1)])
def test_patroni_may_promote_only_where_the_lease_is(
    gate: ModuleType, monkeypatch: pytest.MonkeyPatch, centre: str | None, code: int
) -> None:
    monkeypatch.setattr(gate, "ask", lambda hosts, system: {"centre": centre, "token": 4})
    assert gate.may(CONFIG) == code


def test_nobody_is_promoted_while_etcd_cannot_be_asked(gate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(hosts: object, system: str) -> None:
        raise OSError("no majority")

    monkeypatch.setattr(gate, "ask", silent)
    assert gate.may(CONFIG) == 1


def test_a_member_that_hangs_costs_no_timeout(gate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    def ask_one(host: str, body: bytes, answers: Any) -> None:
        if host == "hangs":
            free.wait(5)
        answers.put(({"centre": host, "token": 4}, None))

    monkeypatch.setattr(gate, "ask_one", ask_one)
    monkeypatch.setattr(gate, "HEDGE", 0.01)
    try:
        assert gate.ask(["hangs", "gaodian"], "his-database") == {"centre": "gaodian", "token": 4}
    finally:
        free.set()


def test_an_answer_that_is_none_is_no_answer(gate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate.urllib.request, "urlopen", lambda *_, **__: io.BytesIO(b"<html>"))
    with pytest.raises(OSError, match="Expecting value"):
        gate.ask(["a"], "his-database")
