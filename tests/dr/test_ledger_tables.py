"""The ledger's tables on a real server: an attempt that still waits for the standby is never written twice."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from dr.doors.database import parse_rows
from dr.ledger import judge, tables
from tests import postgres

ENTER = "SELECT present FROM enter('run-1', %s, %s)"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.server() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE ROLE ledger")
            connection.execute(tables.sql("ledger"))  # type: ignore[arg-type]  # no user's text is in it
            connection.execute(tables.sql("ledger"))  # type: ignore[arg-type]  # what is there stays
        yield url


def copies(server: str) -> dict[int, dict[str, int]]:
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute("SELECT chain || '|' || kind || '|' || count(*) FROM entry GROUP BY chain, kind")
        return {chain: dict(kinds) for chain, kinds in parse_rows("\n".join(row[0] for row in found)).items()}


def standby(server: str, name: str) -> None:
    """Let commits wait for a standby of that name; without one none waits."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        connection.execute("SELECT pg_reload_conf()")
        wanted = ("", name)
        while connection.execute("SHOW synchronous_standby_names").fetchone() != wanted[1:]:
            connection.execute("SELECT pg_sleep(0.01)")


def attempt(server: str, number: int) -> None:
    """Enter an order whose answer is lost on the way once the server waits for the standby with it."""
    connection = psycopg.connect(server, autocommit=True)

    def work() -> None:
        with suppress(psycopg.Error):
            connection.execute(ENTER, (number, "order"))

    thread = threading.Thread(target=work)
    thread.start()
    with psycopg.connect(server, autocommit=True) as watch:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        while watch.execute(waits).fetchone() != (1,):
            watch.execute("SELECT pg_sleep(0.01)")
    with socket.socket(fileno=os.dup(connection.pgconn.socket)) as line:
        line.shutdown(socket.SHUT_RDWR)
    thread.join()


def retry(server: str, number: int, milliseconds: int) -> Any:
    with psycopg.connect(server, autocommit=True, options=f"-c statement_timeout={milliseconds}") as connection:
        return connection.execute(ENTER, (number, "order")).fetchone()


def test_a_retry_beside_an_attempt_that_waits_for_the_standby_doubles_nothing(server: str) -> None:
    standby(server, "nobody")
    attempt(server, 14)
    assert copies(server) == {}, "who only looks sees nothing of it and would write it again"
    with pytest.raises(psycopg.errors.QueryCanceled):
        retry(server, 14, 150)
    standby(server, "")
    assert retry(server, 14, 5000) == (True,), "it is there, and confirmed"
    assert copies(server) == {14: {"order": 1}} and judge.doubled_chains(copies(server)) == ()


def test_rows_and_messages_go_in_once_and_doubles_by_another_way_are_seen(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for what in ("charge", "published"):
            first, again = (connection.execute(ENTER, (7, what)).fetchone() for _ in range(2))
            assert (first, again) == ((False,), (True,))
        assert connection.execute("SELECT count(*) FROM message WHERE n = 7").fetchone() == (1,)
        connection.execute("INSERT INTO entry (run, chain, kind, note) SELECT run, chain, kind, note FROM entry")
    assert 7 in judge.doubled_chains(copies(server)), "the tables themselves forbid nothing"


def test_a_runs_rows_go_without_a_trace_and_no_other_ones(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for run in ("old'run", "new"):
            connection.execute("INSERT INTO entry (run, chain, kind, note) VALUES (%s, 1, 'order', '')", (run,))
            connection.execute("INSERT INTO message (run, n) VALUES (%s, 1)", (run,))
            connection.execute("INSERT INTO consumption (run, n) VALUES (%s, 1)", (run,))
        for statement in tables.forget("old'run").splitlines():
            connection.execute(statement)  # type: ignore[arg-type]  # as psql sends them, one by one
        left = {run for (run,) in connection.execute(tables.RUNS).fetchall()}  # type: ignore[arg-type]
    assert "new" in left and "old'run" not in left
