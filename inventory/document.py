"""YAML files with positions: plain data, and for every key and value the file and line it was written on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from inventory.checks.finding import Loc

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class Mark:
    """Where something was written; lines count from 1."""

    file: str
    line: int


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in what the user wrote. `where` is the key path (`systems.his-database.zone`)."""

    file: str
    line: int
    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}: {self.where}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


@dataclass
class Document:
    """All files of a site folder merged: lists of the same key are joined, everything else may be written once."""

    data: dict[str, Any] = field(default_factory=dict)
    marks: dict[Loc, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True  # False when a file could not be read: what it declares is unknown, not missing

    def mark(self, loc: Loc) -> Mark:
        """The mark of `loc`, or of the nearest thing around it that was written."""
        for end in range(len(loc), -1, -1):
            if loc[:end] in self.marks:
                return self.marks[loc[:end]]
        return Mark("(no file)", 1)

    def label(self, loc: Loc) -> str:
        """The key path for people: list items by their name where they have one."""
        parts: list[str] = []
        here: Any = self.data
        for step in loc:
            here = _child(here, step)
            name = here.get("name") if isinstance(here, dict) and isinstance(step, int) else None
            parts.append(str(name) if isinstance(name, str) else str(step))
        return ".".join(parts) or "(site)"

    def problem(self, loc: Loc, message: str, hint: str = "") -> Problem:
        mark = self.mark(loc)
        return Problem(mark.file, mark.line, self.label(loc), message, hint)


def read_folder(folder: Path) -> Document:
    """The site's files (`*.yml`) in the order of their names. Syntax errors and duplicate keys become problems."""
    document = Document()
    for path in sorted(folder.glob("*.yml")):
        _read_file(document, path, _shown(folder, path))
    return document


def read_file(path: Path) -> Document:
    """One file on its own."""
    document = Document()
    _read_file(document, path, path.name)
    return document


def _shown(folder: Path, path: Path) -> str:
    return str(path.relative_to(folder.parent))


def _read_file(document: Document, path: Path, shown: str) -> None:
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
    except UnicodeDecodeError as error:
        _unread(document, Problem(shown, 1, "(file)", f"not UTF-8: {error.reason}", "save it as UTF-8"))
        return
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        _unread(document, Problem(shown, line, "(file)", f"not YAML: {error.problem}", error.context or ""))
        return
    document.marks.setdefault((), Mark(shown, 1))
    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        _unread(document, Problem(shown, 1, "(file)", "must be a mapping of keys", "start with `systems:`"))
        return
    _Reader(document, shown, loader.construct_object).join(node)


def _unread(document: Document, problem: Problem) -> None:
    document.problems.append(problem)
    document.whole = False


class _Reader:
    """Turns the nodes of one file into data and marks of the document."""

    def __init__(self, document: Document, shown: str, construct: Callable[[Any, bool], Any]) -> None:
        self._document = document
        self._shown = shown
        self._construct = construct
        self._open: set[int] = set()  # nodes being read: an alias to one of them is a loop

    def join(self, root: Any) -> None:
        """Merge the file's top keys into the document."""
        data = self._document.data
        for key_node, value_node in root.value:
            key = str(key_node.value)
            if isinstance(value_node, yaml.SequenceNode) and isinstance(data.get(key, []), list):
                items: list[Any] = data.setdefault(key, [])
                self._mark((key,), key_node, keep=True)
                for item in value_node.value:
                    loc: Loc = (key, len(items))
                    items.append(self._value(item, loc))
            elif key in data:
                self._duplicate((key,), key_node)
            else:
                data[key] = self._value(value_node, (key,))
                self._mark((key,), key_node)

    def _value(self, node: Any, loc: Loc) -> Any:
        self._mark(loc, node)
        if id(node) in self._open:
            self._problem(loc, node, "an alias that contains itself", "write the value out")
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, loc)
            if isinstance(node, yaml.SequenceNode):
                return [self._value(item, (*loc, number)) for number, item in enumerate(node.value)]
            return self._scalar(node, loc)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Any, loc: Loc) -> dict[str, Any]:
        found: dict[str, Any] = {}
        inherited: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                inherited |= self._merge(value_node, loc)
                continue
            key = str(key_node.value)
            if key in found:
                self._duplicate((*loc, key), key_node)
                continue
            found[key] = self._value(value_node, (*loc, key))
            self._mark((*loc, key), key_node)
        return inherited | found

    def _merge(self, node: Any, loc: Loc) -> dict[str, Any]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for item in nodes:
            value = self._value(item, loc)
            if isinstance(value, dict):
                merged = value | merged
        return merged

    def _scalar(self, node: Any, loc: Loc) -> Any:
        try:
            return self._construct(node, True)
        except (yaml.YAMLError, ValueError) as error:
            self._problem(loc, node, f"cannot read {node.value!r}: {error}", "quote it if it is a text")
            return None

    def _mark(self, loc: Loc, node: Any, keep: bool = False) -> None:
        if not (keep and loc in self._document.marks):
            self._document.marks[loc] = Mark(self._shown, node.start_mark.line + 1)

    def _duplicate(self, loc: Loc, node: Any) -> None:
        first = self._document.mark(loc)
        self._problem(loc, node, "the key is written twice", f"first at {first.file}:{first.line}")

    def _problem(self, loc: Loc, node: Any, message: str, hint: str) -> None:
        label = self._document.label(loc)
        self._document.problems.append(Problem(self._shown, node.start_mark.line + 1, label, message, hint))


def _child(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None
