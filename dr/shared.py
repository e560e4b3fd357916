"""Runs in a PostgreSQL database, so that several workers serve a site and any of them goes on when one dies.

The database has the truth; each worker's folder is a copy that is only appended to, so whatever reads runs needs no
database. A folder shared by the network would be one more thing to lose with a centre. A worker says every second that
it lives; one that has been silent is fenced before another takes over, and a fenced worker can write nothing.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import psycopg

from dr import runs
from dr.journal import Journal, Line, canonical
from dr.plan import Plan
from dr.runs import Run
from dr.store import SILENCE, Fenced, OnLine, refuse_second, this_worker
from dr.transcript import export, exported
from inventory.error import MedcloudError, bad_input
from inventory.model import Site

T = TypeVar("T")
_Connection = psycopg.Connection[tuple[Any, ...]]
_BEAT = 1.0
_OUTAGE = 60.0  # seconds for the database to come back (a failover of its own takes half of it)
_OWN = ("plan.json", "site.json", "journal.jsonl")  # travel by tables of their own
_SCHEMA = """
create schema if not exists medcloud;
create table if not exists medcloud.run (
  site text, run text, plan text not null, model text not null, ended boolean not null default false,
  made timestamptz not null default now(), primary key (site, run));
create table if not exists medcloud.line (
  site text, run text, seq integer, key text not null, body text not null, primary key (site, run, seq),
  unique (site, run, key), foreign key (site, run) references medcloud.run);
create table if not exists medcloud.file (
  site text, run text, name text, sha256 text not null, content bytea not null, primary key (site, run, name),
  foreign key (site, run) references medcloud.run);
create table if not exists medcloud.worker (
  site text, id text, beat timestamptz not null, primary key (site, id));
create table if not exists medcloud.stop (
  site text primary key, reason text not null, at timestamptz not null default now());
"""


class SharedStore:
    """Runs of one site in the database at `url` (no password in it); `drills` is this worker's copy."""

    shared = True

    def __init__(self, drills: Path, url: str, site: str, silence: float = SILENCE) -> None:
        self.drills = drills
        self.worker = this_worker()
        self._url = _without_password(url)
        self._site = site
        self._silence = silence
        self._guard = threading.RLock()
        self._connection: _Connection | None = None
        self._synced: dict[tuple[str, str], str] = {}  # files as they last were both here and in the database
        self._stamps: dict[tuple[str, str], tuple[int, int]] = {}  # when a file was last looked at, and its size
        drills.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.transact(_prepare)

    @property
    def engine_url(self) -> str:
        return self._url

    @property
    def application(self) -> str:
        return f"medcloud-drill-{self._site}"

    def transact(self, act: Callable[[_Connection], T]) -> T:
        """Do that in one transaction; again where the database was away. `act` must bear being done twice."""
        end = time.monotonic() + _OUTAGE
        while True:
            try:
                with self._guard:
                    connection = self._connected()
                    with connection.transaction():
                        return act(connection)
            except psycopg.OperationalError as error:
                self.close()
                if time.monotonic() > end:
                    raise MedcloudError(
                        f"the engine's database does not answer: {error}",
                        "bring it back; another worker or `medcloud drill resume` goes on",
                    ) from None
                time.sleep(_BEAT / 2)

    def _connected(self) -> _Connection:
        if self._connection is None or self._connection.closed:
            self._connection = _connect(self._url)
        return self._connection

    def close(self) -> None:
        """Let the connection go; the next use makes a new one."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @contextmanager
    def at_work(self, run_id: str) -> Iterator[None]:
        """Be one of the site's workers while inside."""
        self.transact(self._enlist)
        done = threading.Event()
        beating = threading.Thread(target=self._beat, args=(done,), daemon=True)
        beating.start()
        try:
            yield
        finally:
            done.set()
            beating.join()
            self.transact(lambda c: c.execute("delete from medcloud.worker where id = %s", (self.worker,)))
            self.close()

    def _enlist(self, connection: _Connection) -> None:
        connection.execute(
            "insert into medcloud.worker (site, id, beat) values (%s, %s, now()) on conflict do nothing",
            (self._site, self.worker),
        )

    def _beat(self, done: threading.Event) -> None:
        """On a connection of its own: a slow transaction must not look like a death."""
        connection: _Connection | None = None
        while not done.wait(_BEAT):
            try:
                connection = connection or _connect(self._url)
                connection.execute("update medcloud.worker set beat = now() where id = %s", (self.worker,))
            except psycopg.Error:  # the next beat tries again; too long a silence is what others watch for
                connection = None
        if connection is not None:
            connection.close()

    def living_workers(self) -> tuple[str, ...]:
        """Silent ones are fenced first: without its row a worker can write nothing. Raises Fenced when this one is."""

        def look(connection: _Connection) -> tuple[str, ...]:
            connection.execute(
                "delete from medcloud.worker where site = %s and id <> %s and beat < now() - make_interval(secs => %s)",
                (self._site, self.worker, self._silence),
            )
            found = connection.execute("select id from medcloud.worker where site = %s", (self._site,)).fetchall()
            living = tuple(row[0] for row in found)
            if self.worker not in living:
                raise Fenced
            return living

        return self.transact(look)

    def create(self, run_id: str, site: Site, plan: Plan, circumstances: Mapping[str, Any]) -> None:
        self.refresh()

        def publish(draft: Path) -> None:
            texts = [(draft / name).read_text(encoding="utf-8") for name in _OWN]
            self.transact(lambda connection: self._publish(connection, run_id, site, texts))

        runs.create(self.drills, run_id, site, plan, circumstances, publish)

    def _publish(self, connection: _Connection, run_id: str, site: Site, texts: Sequence[str]) -> None:
        connection.execute("select pg_advisory_xact_lock(hashtext('medcloud run of ' || %s))", (self._site,))
        look = "select run from medcloud.run where site = %s and not ended"
        other = connection.execute(look, (self._site,)).fetchone()
        if other is not None and other[0] != run_id:
            self._fetch_run(connection, other[0])
            refuse_second(runs.load(self.drills, other[0]), site)
        plan, model, lines = texts
        connection.execute(
            "insert into medcloud.run (site, run, plan, model) values (%s, %s, %s, %s) on conflict do nothing",
            (self._site, run_id, plan, model),
        )
        for text in lines.splitlines():
            _insert(connection, self._site, run_id, json.loads(text))

    def unfinished(self) -> str | None:
        """The id of the run that has not ended; there is at most one."""
        look = "select run from medcloud.run where site = %s and not ended"
        found = self.transact(lambda c: c.execute(look, (self._site,)).fetchone())
        return str(found[0]) if found else None

    def refresh(self) -> None:
        def fetch(connection: _Connection) -> None:
            found = connection.execute("select run from medcloud.run where site = %s order by made", (self._site,))
            for (run_id,) in found.fetchall():
                self._fetch_run(connection, run_id)

        self.transact(fetch)

    def _fetch_run(self, connection: _Connection, run_id: str) -> None:
        """The run's folder as the database has it now."""
        folder = self.drills / run_id
        look = "select plan, model from medcloud.run where site = %s and run = %s"
        found = connection.execute(look, (self._site, run_id)).fetchone()
        if found and not folder.exists():
            draft = self.drills / f".{run_id}-{self.worker}"
            draft.mkdir(mode=0o700, exist_ok=True)
            for name, text in zip(_OWN, found, strict=False):
                (draft / name).write_text(text, encoding="utf-8")
            export(draft / "journal.jsonl", _lines(connection, self._site, run_id, 0))
            with suppress(OSError):  # another worker on this machine was quicker
                draft.rename(folder)
        export(folder / "journal.jsonl", _lines(connection, self._site, run_id, exported(folder / "journal.jsonl")))
        self._fetch_files(connection, run_id)

    def journal(self, run: Run, on_line: OnLine) -> Journal:
        return SharedJournal(self, self._site, run, on_line)

    def keep_files(self, run: Run) -> None:
        """Put what steps and people wrote into the run's folder where every worker finds it."""
        for path in sorted(run.folder.rglob("*")):
            name = path.relative_to(run.folder).as_posix()
            hidden = any(part.startswith(".") for part in path.relative_to(run.folder).parts)
            if path.is_file() and name not in _OWN and path.suffix != ".new" and not hidden:
                self._keep(run.run_id, name, path)

    def _keep(self, run_id: str, name: str, path: Path) -> None:
        stamp = (path.stat().st_mtime_ns, path.stat().st_size)
        if self._stamps.get((run_id, name)) == stamp:
            return
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        if self._synced.get((run_id, name)) != sha256:
            self.transact(partial(_keep_file, row=(self._site, run_id, name, sha256, content)))
            self._synced[(run_id, name)] = sha256
        self._stamps[(run_id, name)] = stamp

    def fetch_files(self, run: Run) -> None:
        self.transact(lambda connection: self._fetch_files(connection, run.run_id))

    def _fetch_files(self, connection: _Connection, run_id: str) -> None:
        where = (self._site, run_id)
        for name, sha256 in connection.execute(
            "select name, sha256 from medcloud.file where site = %s and run = %s", where
        ).fetchall():
            path = self.drills / run_id / str(name)
            here = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
            if here == sha256 or (here is not None and here != self._synced.get((run_id, name), here)):
                continue  # the same, or just being changed by a step of this worker
            look = "select content from medcloud.file where site = %s and run = %s and name = %s"
            found = connection.execute(look, (*where, name)).fetchone()
            if found:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                draft = path.with_name(f".{path.name}-{self.worker}")
                draft.write_bytes(found[0])
                draft.replace(path)
                self._synced[(run_id, name)] = sha256

    def stop_reason(self) -> str | None:
        look = "select reason from medcloud.stop where site = %s"
        found = self.transact(lambda c: c.execute(look, (self._site,)).fetchone())
        return str(found[0]) if found else None

    def stop(self, reason: str) -> None:
        self.transact(
            lambda c: c.execute(
                "insert into medcloud.stop (site, reason) values (%s, %s)"
                " on conflict (site) do update set reason = excluded.reason",
                (self._site, reason),
            )
        )

    def allow(self) -> None:
        self.transact(lambda c: c.execute("delete from medcloud.stop where site = %s", (self._site,)))


class SharedJournal(Journal):
    """A journal whose next line is agreed upon in the database; its file is a copy."""

    def __init__(self, store: SharedStore, site: str, run: Run, on_line: OnLine) -> None:
        self._store = store
        self._where = (site, run.run_id)
        store.refresh()
        super().__init__(run.folder / "journal.jsonl", on_line)

    def _mend(self) -> None:
        """The copy is mended where it is written: another worker of this machine may be at it."""

    def refresh(self) -> None:
        """Take in what other workers have written."""
        with self._guard:
            self._take_in(self._store.transact(lambda c: _lines(c, *self._where, len(self._lines))))

    def _commit(
        self, allowed: Callable[[], bool] | None, key: str | None, event: str, fields: dict[str, Any]
    ) -> Line | None:
        tries: list[int] = []

        def act(connection: _Connection) -> Line | None:
            again = bool(tries)
            tries.append(1)
            self._alone(connection)
            self._take_in(_lines(connection, *self._where, len(self._lines)))
            if key is not None and key in self._keys:
                mine = self._keys[key].get("worker") == self._store.worker
                return self._keys[key] if allowed is None or (again and mine) else None
            if allowed is not None and not allowed():
                return None
            line = self._next(key, event, fields)
            _insert(connection, *self._where, line)
            return line

        line = self._store.transact(act)
        if line is not None and line["seq"] == len(self._lines):
            self._take_in([line])
        return line

    def _alone(self, connection: _Connection) -> None:
        """Nobody else can write before this transaction ends; a worker that was fenced cannot at all."""
        connection.execute("select 1 from medcloud.run where site = %s and run = %s for update", self._where)
        _refuse_fenced(connection, self._store.worker)

    def _take_in(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self._verify_next(line)
            self._accept(line)
        if lines:
            export(self._path, lines)


def _connect(url: str) -> _Connection:
    """A worker that freezes inside a transaction loses it: its locks must not hold up the others."""
    options = f"-c idle_in_transaction_session_timeout={round(SILENCE * 1000)}"
    return psycopg.connect(url, autocommit=True, connect_timeout=5, options=options)


def _refuse_fenced(connection: _Connection, worker: str) -> None:
    look = "select 1 from medcloud.worker where id = %s for share"
    if connection.execute(look, (worker,)).fetchone() is None:
        raise Fenced


def _lines(connection: _Connection, site: str, run_id: str, since: int) -> list[Line]:
    look = "select body from medcloud.line where site = %s and run = %s and seq >= %s order by seq"
    return [json.loads(row[0]) for row in connection.execute(look, (site, run_id, since)).fetchall()]


def _insert(connection: _Connection, site: str, run_id: str, line: Line) -> None:
    connection.execute(
        "insert into medcloud.line (site, run, seq, key, body) values (%s, %s, %s, %s, %s)",
        (site, run_id, line["seq"], line["key"], canonical(line).decode()),
    )
    if line["event"] in ("finished", "abandoned"):
        connection.execute("update medcloud.run set ended = true where site = %s and run = %s", (site, run_id))


def _keep_file(connection: _Connection, row: tuple[str, str, str, str, bytes]) -> None:
    connection.execute(
        "insert into medcloud.file (site, run, name, sha256, content) values (%s, %s, %s, %s, %s)"
        " on conflict (site, run, name) do update set sha256 = excluded.sha256, content = excluded.content"
        " where medcloud.file.sha256 <> excluded.sha256",
        row,
    )


def _prepare(connection: _Connection) -> None:
    """The tables, made by whoever comes first."""
    connection.execute("select pg_advisory_xact_lock(hashtext('medcloud schema'))")
    connection.execute(_SCHEMA)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise bad_input(
            f"the engine's database is no PostgreSQL URL: {parts.scheme or url}", "postgresql://user@host/db"
        )
    if parts.password or "password" in parse_qs(parts.query):
        raise bad_input(
            "the engine's URL carries a password, which everybody on this machine could read",
            "put it into a password file: ~/.pgpass, PGPASSFILE or ?passfile=/path in the URL",
        )
    return url.replace("postgres://", "postgresql://", 1)
