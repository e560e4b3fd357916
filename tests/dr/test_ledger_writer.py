"""The ledger writer as it runs on the ward, with a database that fails on command."""

from __future__ import annotations

import importlib
import json
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import dr.ledger
from dr.ledger import judge
from dr.ledger.dicom import image, uid
from dr.ledger.package import zipped


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as the zip application imports it."""
    monkeypatch.syspath_prepend(str(Path(dr.ledger.__file__).parent))
    return importlib.import_module("writer")


class FlakyDatabase:
    """Fails a chain's first row as often as told, remembers what it was asked, stops after the last wanted chain."""

    def __init__(self, fails: dict[int, int], last: int, stop: threading.Event) -> None:
        self.fails, self.last, self.stop = fails, last, stop
        self.asked: list[int] = []

    def enter(self, chain: int, kind: str) -> dict[str, Any]:
        if kind == "register":
            self.asked.append(chain)
        if self.fails.get(chain, 0) > 0:
            self.fails[chain] -= 1
            raise OSError("gone")
        if chain >= self.last and kind == "charge":
            self.stop.set()
        return {"server": "10.21.20.10", "timeline": 1, "lsn": "0/10", "sent": 1.0}

    def drop(self) -> None:
        pass


def write(writer: ModuleType, path: Path, database: FlakyDatabase, monkeypatch: pytest.MonkeyPatch) -> judge.Ledger:
    monkeypatch.setattr(writer, "Database", lambda *_: database)
    monkeypatch.setattr(writer, "_PAUSE", 0.001)
    book = writer.Book(str(path))
    writer.write_chains({"database": {}, "run": "run-1", "rate": 1000}, book, database.stop)
    book.close()
    return judge.parse(path.read_text())


def test_a_failed_chain_is_tried_again_under_its_own_number(
    writer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = FlakyDatabase({2: 2}, 3, threading.Event())
    ledger = write(writer, tmp_path / "ledger", database, monkeypatch)
    assert [ack.number for ack in ledger.chains] == [1, 2, 3] and ledger.errors == 2
    assert database.asked == [1, 2, 2, 2, 3]
    rows = [(row.number, row.of) for row in ledger.rows]
    assert rows == [(chain, kind) for chain in (1, 2, 3) for kind in judge.KINDS], "each row is acknowledged on its own"


def test_a_restarted_writer_goes_on_after_the_last_number(
    writer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger"
    path.write_text('{"kind":"chain","n":7,"wall":1,"mono":1}\n{"kind":"chain","n":8,"wa')
    database = FlakyDatabase({}, 9, threading.Event())
    ledger = write(writer, path, database, monkeypatch)
    assert [ack.number for ack in ledger.chains] == [7, 8, 9], (
        "the chain of the half-written line was never acknowledged"
    )
    assert database.asked == [8, 9]


class Connection:
    """A psycopg connection with that answer, whose server warns at commit when told so."""

    def __init__(self, database: Any, answer: tuple[Any, ...], warning: str = "") -> None:
        self.database, self.answer, self.warning = database, answer, warning
        self.asked: list[tuple[Any, ...]] = []

    def execute(self, sql: str, values: tuple[Any, ...]) -> Any:
        self.asked.append(values)
        if self.warning:
            self.database._warnings.append(self.warning)
        return self

    def fetchone(self) -> tuple[Any, ...]:
        return self.answer


@pytest.mark.parametrize("present", [False, True])
def test_a_row_is_entered_by_its_key_and_tells_who_acknowledged_it(writer: ModuleType, present: bool) -> None:
    database = writer.Database({}, "run-1", None)
    database._connection = Connection(database, (present, "10.21.20.10", 4, "0/30"))
    wrote = database.enter(1, "order")
    assert wrote.pop("sent") > 0
    assert wrote == {"present": present, "server": "10.21.20.10", "timeline": 4, "lsn": "0/30"}
    assert database._connection.asked == [("run-1", 1, "order")]


def test_a_commit_that_the_standby_does_not_have_is_no_acknowledgement(writer: ModuleType) -> None:
    database = writer.Database({}, "run-1", None)
    warning = "canceling wait for synchronous replication due to user request"
    database._connection = Connection(database, (False, "10.21.20.10", 4, "0/30"), warning)
    with pytest.raises(writer.NotDurable, match="synchronous replication"):
        database.enter(1, "order")


def test_a_consumed_message_has_its_number(writer: ModuleType) -> None:
    database = writer.Database({}, "run-1", None)
    database._connection = Connection(database, ("10.21.20.10", 4, "0/30", 17))
    assert database.consume()["n"] == 17


def test_messages_are_published_under_their_own_number_until_acknowledged(
    writer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, asked = threading.Event(), list[tuple[int, str]]()

    class Queue(FlakyDatabase):
        def enter(self, number: int, what: str) -> dict[str, Any]:
            asked.append((number, what))
            if len(asked) == 2:
                raise OSError("gone")
            if number == 3:
                stop.set()
            return {"server": "10.21.20.10", "timeline": 1, "lsn": "0/10"}

    monkeypatch.setattr(writer, "Database", lambda *_: Queue({}, 0, stop))
    monkeypatch.setattr(writer, "_PAUSE", 0.001)
    book = writer.Book(str(tmp_path / "ledger"))
    writer.publish_messages({"database": {}, "run": "run-1", "messages": 1000}, book, stop)
    book.close()
    assert asked == [(number, "published") for number in (1, 2, 2, 3)]
    assert [row.number for row in judge.parse((tmp_path / "ledger").read_text()).rows] == [1, 2, 3]


def test_images_are_dicom_part_10_files_with_stable_identities() -> None:
    data = image("run-1", 3)
    assert data[128:132] == b"DICM" and data == image("run-1", 3) and data != image("run-1", 4)
    assert uid("run-1", "instance", 3).encode() in data and len(uid("run-1", "instance", 3)) <= 64
    elements = list(_elements(data[132:]))
    assert [tag for tag, _ in elements] == sorted(tag for tag, _ in elements)
    assert dict(elements)[(0x7FE0, 0x0010)] == 256 and all(length % 2 == 0 for _, length in elements)


def _elements(data: bytes) -> Any:
    """Tags and lengths of explicit little endian elements, to their exact end."""
    at = 0
    while at < len(data):
        group, number = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        long = data[at + 4 : at + 6] in (b"OB", b"OW")
        length = int.from_bytes(data[at + 8 : at + 12] if long else data[at + 6 : at + 8], "little")
        yield (group, number), length
        at += (12 if long else 8) + length
    assert at == len(data)


def test_the_package_is_the_same_for_the_same_sources() -> None:
    assert zipped() == zipped()


def test_every_line_of_the_book_is_json_with_both_clocks(writer: ModuleType, tmp_path: Path) -> None:
    book = writer.Book(str(tmp_path / "ledger"))
    book.write("error", of="chain", n=1, what="x")
    book.close()
    line = json.loads((tmp_path / "ledger").read_text())
    assert line["kind"] == "error" and line["wall"] > 1e9 and line["mono"] > 0
