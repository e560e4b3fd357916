"""The ledger writer: runs on a ward's workstation and keeps its own book of what the hospital acknowledged.

Only the standard library and Debian's python3-psycopg. `python3 ledger.pyz config.json`; configuration: `run`,
`folder`, `database` {host, port, dbname, user, password}, `rate` (chains a second), `messages` (null or their rate),
`images` (null or {url, user, password, rate}), `pause` (seconds between two tries, 0.05 by default).
Every line of `ledger.jsonl` has `kind`, `wall` (epoch seconds) and `mono` (seconds of the ward's monotonic clock):
`row` is one acknowledged row of chain `n` with the server, timeline and log position that acknowledged it and the
moment `sent` (mono) at which it was asked to; `published` and `consumed` are messages, `chain` and `image` what is
complete, `connect` says which server answers, `error` what went wrong.

A chain is register -> order -> result -> charge, each acknowledged on its own before the next. A row is retried until
it is acknowledged, under the same number: the database's `enter` waits for an earlier attempt at that number and looks
whether its row is there, so an answer lost on the way doubles nothing. `present` tells that it was.
"""

from __future__ import annotations

import base64
import json
import os
import select
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
from dicom import image, uid  # type: ignore[import-not-found]  # beside us in the zip application

KINDS = ("register", "order", "result", "charge")
_PAUSE = 0.05  # between two tries, seconds
_CONNECT = 0.5
_STATEMENT_MS = 3000
_WROTE = ("server", "timeline", "lsn")


class NotDurable(Exception):
    """The server said that the commit is not on the synchronous standby."""


class Book:
    """The append-only file; synced to disk at least five times a second while something is written."""

    def __init__(self, path: str) -> None:
        self._guard = threading.Lock()
        self._last = {"chain": 0, "image": 0, "published": 0}
        self._recover(path)
        self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115  # open as long as we live
        self._synced = 0.0

    def next(self, kind: str) -> int:
        return self._last[kind] + 1

    def write(self, kind: str, **fields: Any) -> None:
        line = {"kind": kind, "wall": time.time(), "mono": time.monotonic(), **fields}
        with self._guard:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
            if line["mono"] - self._synced > 0.2:
                os.fsync(self._file.fileno())
                self._synced = line["mono"]
            if kind in self._last:
                self._last[kind] = fields["n"]

    def close(self) -> None:
        with self._guard:
            os.fsync(self._file.fileno())
            self._file.close()

    def _recover(self, path: str) -> None:
        """After a restart: cut a half-written last line off and go on with the next number."""
        if not os.path.exists(path):
            return
        with open(path, "rb+") as file:
            data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            file.truncate(len(whole))
        for text in whole.splitlines():
            line = json.loads(text)
            if line["kind"] in self._last:
                self._last[line["kind"]] = line["n"]


class Database:
    """The hospital's database behind its service address."""

    def __init__(self, config: dict[str, Any], run: str, book: Book) -> None:
        self._config = config
        self._run = run
        self._book = book
        self._connection: Any = None
        self._warnings: list[str] = []
        self.pause: float = _PAUSE

    def enter(self, number: int, what: str) -> dict[str, Any]:
        """Commit one row of a chain or a message, unless it is there; who acknowledged it as durable."""
        wrote = self._row(self._ENTER, (self._run, number, what), ("present", *_WROTE))
        assert wrote is not None
        return wrote

    def consume(self) -> dict[str, Any] | None:
        """Take the oldest message that nobody else is at; None when there is none. Waits a little for one."""
        return self._row(self._CONSUME, (self._run,), (*_WROTE, "n"))

    def listen(self, seconds: float) -> None:
        """Wait for a notification at most that long."""
        connection = self._connection or self._connect()
        connection.execute("LISTEN medcloud_ledger")
        select.select([connection.fileno()], [], [], seconds)  # Debian's psycopg 3.1 waits for notifications for ever

    _ENTER = f"SELECT present, {', '.join(_WROTE)} FROM enter(%s, %s, %s)"
    _CONSUME = """WITH next AS (SELECT ctid FROM message WHERE run = %s AND NOT taken ORDER BY n LIMIT 1
            FOR UPDATE SKIP LOCKED),
        taken AS (UPDATE message SET taken = true WHERE ctid = (SELECT ctid FROM next) RETURNING run, n),
        done AS (INSERT INTO consumption (run, n) SELECT run, n FROM taken RETURNING *)
        SELECT host(server), timeline, lsn::text, n FROM done"""

    def _row(self, statement: str, values: tuple[Any, ...], names: tuple[str, ...]) -> dict[str, Any] | None:
        """One statement in a transaction of its own; its row under those names, None when it has none. NotDurable when
        the server doubts that the commit is on the synchronous standby as well."""
        connection = self._connection or self._connect()
        self._warnings.clear()
        sent = time.monotonic()
        row = connection.execute(statement, values).fetchone()
        if self._warnings:
            raise NotDurable(self._warnings[-1])
        return None if row is None else dict(zip(names, row, strict=True)) | {"sent": sent}

    def drop(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):  # it is being thrown away
                self._connection.close()
            self._connection = None

    def _connect(self) -> Any:
        # libpq waits at least two seconds for a connection; a bare TCP try finds out sooner that nobody is there.
        socket.create_connection((self._config["host"], self._config["port"]), timeout=_CONNECT).close()
        connection: Any = psycopg.connect(
            **self._config,
            connect_timeout=2,
            tcp_user_timeout=1000,
            keepalives_idle=1,
            keepalives_interval=1,
            keepalives_count=2,
            autocommit=True,
            application_name="medcloud-ledger",
            options=f"-c statement_timeout={_STATEMENT_MS}",
        )
        connection.add_notice_handler(self._notice)
        server = connection.execute("SELECT host(inet_server_addr())").fetchone()[0]
        self._book.write("connect", server=server)
        self._connection = connection
        return connection

    def _notice(self, diagnostic: Any) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":  # such as: canceling wait for synchronous replication
            self._warnings.append(diagnostic.message_primary)


def _database(config: dict[str, Any], book: Book) -> Database:
    database = Database(config["database"], config["run"], book)
    database.pause = config.get("pause", _PAUSE)
    return database


def write_chains(config: dict[str, Any], book: Book, stop: threading.Event) -> None:
    database = _database(config, book)
    period = 1.0 / config["rate"]
    due = time.monotonic()
    while not stop.is_set():
        chain = book.next("chain")
        if not all(_write_row(database, book, stop, chain, kind) for kind in KINDS):
            break
        book.write("chain", n=chain)
        due = max(due + period, time.monotonic() - period)  # no burst after an outage
        stop.wait(max(0.0, due - time.monotonic()))
    database.drop()


def _write_row(database: Database, book: Book, stop: threading.Event, chain: int, kind: str) -> bool:
    """Try until the row is acknowledged; False when the writer was stopped before."""
    tries = 0
    while not stop.is_set():
        tries += 1
        wrote = _attempt(database, book, stop, chain, kind, partial(database.enter, chain, kind))
        if wrote is not None:
            book.write("row", n=chain, of=kind, tries=tries, **wrote)
            return True
    return False


def _attempt(
    database: Database, book: Book, stop: threading.Event, number: int, of: str, act: Callable[[], Any]
) -> Any:
    """What the act gives; None when it failed, which is in the book then."""
    try:
        return act()
    except (psycopg.Error, OSError, NotDurable) as error:
        book.write("error", of=of, n=number, what=_first_line(error))
        database.drop()
        stop.wait(database.pause)
        return None


def publish_messages(config: dict[str, Any], book: Book, stop: threading.Event) -> None:
    database, period = _database(config, book), 1.0 / config["messages"]
    while not stop.is_set():
        number = book.next("published")
        wrote = _attempt(database, book, stop, number, "published", partial(database.enter, number, "published"))
        if wrote is not None:
            book.write("published", n=number, **wrote)
            stop.wait(period)
    database.drop()


def consume_messages(config: dict[str, Any], book: Book, stop: threading.Event) -> None:
    database = _database(config, book)
    while not stop.is_set():
        wrote = _attempt(database, book, stop, 0, "consumed", lambda: database.consume() or {})
        if wrote:
            book.write("consumed", **wrote)
        elif wrote is not None:
            _attempt(database, book, stop, 0, "consumed", lambda: database.listen(0.5))
    database.drop()


def write_images(config: dict[str, Any], book: Book, stop: threading.Event) -> None:
    images, run = config["images"], config["run"]
    while not stop.is_set():
        number, tries = book.next("image"), 0
        while not stop.is_set():
            tries += 1
            try:
                store_image(images, image(run, number))
            except (OSError, ValueError) as error:
                book.write("error", of="image", n=number, what=_first_line(error))
                stop.wait(_PAUSE * 4)
            else:
                book.write("image", n=number, uid=uid(run, "instance", number), tries=tries)
                break
        stop.wait(1.0 / images["rate"])


def store_image(images: dict[str, Any], data: bytes) -> None:
    """Store the image, fetch it back and compare; ValueError when what came back is something else."""
    stored = json.loads(_call(images, "/instances", data))
    if _call(images, f"/instances/{stored['ID']}/file") != data:
        raise ValueError("the archive gave back another image than the one stored")


def _call(images: dict[str, Any], path: str, data: bytes | None = None) -> bytes:
    request = urllib.request.Request(images["url"] + path, data=data)
    if images.get("user"):
        login = base64.b64encode(f"{images['user']}:{images['password']}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
    with urllib.request.urlopen(request, timeout=2) as answer:
        found: bytes = answer.read()
        return found


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        config = json.load(file)
    book = Book(f"{config['folder']}/ledger.jsonl")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tasks = [threading.Thread(target=write_chains, args=(config, book, stop))]
    if config.get("messages"):
        tasks += [
            threading.Thread(target=work, args=(config, book, stop)) for work in (publish_messages, consume_messages)
        ]
    if config.get("images"):
        tasks.append(threading.Thread(target=write_images, args=(config, book, stop)))
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    book.close()
