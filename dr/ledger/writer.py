"""The ledger writer: runs on a ward's workstation and keeps its own book of what the hospital acknowledged.

Only the standard library and Debian's python3-psycopg. `python3 ledger.pyz config.json`; configuration: `run`,
`folder`, `database` {host, port, dbname, user, password}, `rate` (chains a second), `images` (null or {url, user,
password, rate}).
Every line of `ledger.jsonl` has `kind`, `wall` (epoch seconds) and `mono` (seconds of the ward's monotonic clock):
`chain` and `image` are acknowledgements, `connect` says which database server answers, `error` what went wrong.

A chain is register -> order -> result -> charge in one transaction. It is retried under its own number until it is
acknowledged; a retry first looks whether the chain is already there, so an answer lost on the way doubles nothing.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from typing import Any

import psycopg
from dicom import image, uid  # type: ignore[import-not-found]  # beside us in the zip application

KINDS = ("register", "order", "result", "charge")
_PAUSE = 0.05  # between two tries, seconds
_CONNECT = 0.5
_STATEMENT_MS = 3000


class NotDurable(Exception):
    """The server said that the commit is not on the synchronous standby."""


class Book:
    """The append-only file; synced to disk at least five times a second while something is written."""

    def __init__(self, path: str) -> None:
        self._guard = threading.Lock()
        self._last = {"chain": 0, "image": 0}
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

    def store(self, chain: int, again: bool) -> None:
        """Commit the chain and return when the server acknowledged it as durable."""
        connection = self._connection or self._connect()
        self._warnings.clear()
        with connection.transaction():
            if again and self._present(connection, chain):
                # A commit of our own waits for the standby, and with it everything before it: the chain is durable.
                connection.execute("SELECT pg_logical_emit_message(true, 'ledger', 'confirm')")
            else:
                connection.cursor().executemany(
                    "INSERT INTO entry (run, chain, kind, note) VALUES (%s, %s, %s, %s)",
                    [(self._run, chain, kind, f"{kind} {chain}") for kind in KINDS],
                )
        if self._warnings:
            raise NotDurable(self._warnings[-1])

    def drop(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):  # it is being thrown away
                self._connection.close()
            self._connection = None

    def _present(self, connection: Any, chain: int) -> bool:
        found = connection.execute("SELECT count(*) FROM entry WHERE run = %s AND chain = %s", (self._run, chain))
        return bool(found.fetchone()[0])

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


def write_chains(config: dict[str, Any], book: Book, stop: threading.Event) -> None:
    database = Database(config["database"], config["run"], book)
    period = 1.0 / config["rate"]
    due = time.monotonic()
    first = True  # a writer before us may have died with this chain committed and not yet in the book
    while not stop.is_set():
        chain, tries = book.next("chain"), 0
        while not stop.is_set():
            tries += 1
            try:
                database.store(chain, again=first or tries > 1)
            except (psycopg.Error, OSError, NotDurable) as error:
                book.write("error", of="chain", n=chain, what=_first_line(error))
                database.drop()
                stop.wait(_PAUSE)
            else:
                book.write("chain", n=chain, tries=tries)
                first = False
                break
        due = max(due + period, time.monotonic() - period)  # no burst after an outage
        stop.wait(max(0.0, due - time.monotonic()))
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
    if config.get("images"):
        tasks.append(threading.Thread(target=write_images, args=(config, book, stop)))
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    book.close()
