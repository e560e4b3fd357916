"""A table as data, so that HTML and CSV show the very same cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A text and how it is shown: `tone` is good, warn, bad, idle (a badge), code, strong, or nothing."""

    text: str
    tone: str = ""
    small: str = ""  # a second, quiet line; CSV appends it in brackets
    pairs: tuple[tuple[str, str], ...] = ()  # what was looked at and the raw lines that show it, below the text


@dataclass(frozen=True)
class Column:
    """A heading; `kind` is text, number or code; `share` is the width in percent, 0 for automatic."""

    title: str
    kind: str = "text"
    share: int = 0


@dataclass(frozen=True)
class Table:
    """`name` is the CSV file's name."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def table(name: str, columns: Iterable[Column], rows: Iterable[Iterable[Cell | str]]) -> Table:
    """A table from plain texts and cells; ValueError when a row does not fit the columns."""
    head = tuple(columns)
    body = tuple(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows)
    if any(len(row) != len(head) for row in body):
        raise ValueError(f"table {name}: a row does not have {len(head)} cells")
    return Table(name, head, body)


def csv_text(content: Table) -> str:
    """Comma-separated with a heading line; starts with a byte order mark, or Excel takes Chinese for Latin."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(column.title for column in content.columns)
    writer.writerows([_flat(cell) for cell in row] for row in content.rows)
    return "\ufeff" + out.getvalue()


def _flat(cell: Cell) -> str:
    head = f"{cell.text} ({cell.small})" if cell.text and cell.small else cell.text or cell.small
    text = "\n".join([*([head] if head else []), *(f"{what}\n{raw}" for what, raw in cell.pairs)])
    return f"'{text}" if _runs(text) else text


def _runs(text: str) -> bool:
    """Whether a spreadsheet would take the text for a formula: evidence comes from machines that may be hostile."""
    first = text.lstrip("\t\r\n ")[:1]
    return first in ("=", "+", "@", "|") or (first == "-" and not _is_number(text))


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True
