"""Reading other rooms' JSON files: typed getters whose every error names the file and the key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from inventory.error import MedcloudError


@dataclass(frozen=True)
class Record:
    """One JSON object of a file; `where` is its place inside the file, for messages."""

    file: Path
    where: str
    data: Mapping[str, object]

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        return self.data.get(key) is not None

    def text(self, key: str, default: str | None = None) -> str:
        value = self.data.get(key, default)
        if not isinstance(value, str | int | float | bool):
            raise self._wrong(key, "a text")
        return str(value)

    def number(self, key: str) -> float:
        value = self.data.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, "a number")
        return float(value)

    def maybe_number(self, key: str) -> float | None:
        """The number, or None where the other room measured none."""
        return self.number(key) if self.has(key) else None

    def whole(self, key: str) -> int:
        return int(self.number(key))

    def flag(self, key: str) -> bool:
        value = self.data.get(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def moment(self, key: str) -> datetime:
        return self.maybe_moment(key) or self._fail(key, "a time")

    def maybe_moment(self, key: str) -> datetime | None:
        """A time written as ISO 8601 or as seconds since 1970 (read as UTC), or None."""
        value = self.data.get(key)
        return None if value is None else self._moment(key, value)

    def child(self, key: str) -> Record:
        value = self.data.get(key)
        if not isinstance(value, dict):
            raise self._wrong(key, "an object")
        return Record(self.file, f"{self.where}{key}.", value)

    def children(self, key: str) -> tuple[Record, ...]:
        """The objects of a list; an absent list is empty."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong(key, "a list of objects")
        return tuple(Record(self.file, f"{self.where}{key}[{number}].", item) for number, item in enumerate(value))

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return tuple(str(item) for item in value)

    def _moment(self, key: str, value: object) -> datetime:
        from datetime import UTC

        try:
            if isinstance(value, int | float):
                return datetime.fromtimestamp(value, UTC)
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            raise self._wrong(key, "a time") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _fail(self, key: str, expected: str) -> datetime:
        raise self._wrong(key, expected)

    def _wrong(self, key: str, expected: str) -> MedcloudError:
        found = repr(self.data[key])[:60] if key in self.data else "nothing"
        return MedcloudError(
            f"{self.file}: {self.where}{key} should be {expected}, found {found}",
            "the file was written by another version or edited; run the step again that writes it",
        )


def read_object(file: Path) -> Record:
    """The file's JSON object. Raises MedcloudError when it is missing, no JSON or no object."""
    return Record(file, "", _object(file, _text(file)))


def read_lines(file: Path) -> tuple[Record, ...]:
    """The objects of a JSON-lines file; an unfinished last line (the writer was killed) is left out."""
    lines = _text(file).split("\n")
    whole = [line for line in lines[:-1] if line.strip()]
    return tuple(Record(file, f"line {number}: ", _object(file, line)) for number, line in enumerate(whole, 1))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise MedcloudError(f"cannot read {file}: {error.strerror}", "run the step that writes it first") from None


def _object(file: Path, text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise MedcloudError(f"{file} is not JSON: {error}", "run the step again that writes it") from None
    if not isinstance(value, dict):
        raise MedcloudError(f"{file} holds no JSON object", "run the step again that writes it")
    return value
