"""Load a site: files to a frozen `Site`, or one error that lists everything that is wrong, each with file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from inventory.document import Document, Loc, Problem, read_folder
from inventory.error import MedcloudError, bad_input
from inventory.model import Site

BLUEPRINTS = Path(__file__).parent / "blueprints"


class SiteError(MedcloudError):
    """Bad input in a site's files; `problems` has every one of them."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.where)))
        count = len(self.problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(
            f"site {name}: {count} problem{'s' if count != 1 else ''}\n{lines}",
            "correct the lines named above",
            "input",
        )


@dataclass(frozen=True)
class Loaded:
    """A valid site with the warnings it earned and the folder it came from."""

    site: Site
    warnings: tuple[Problem, ...]
    folder: Path


def load_site(name_or_path: str | Path) -> Site:
    """The site of a blueprint's name or of a folder of *.yml files; raises SiteError (exit 2) with all problems."""
    return read_site(name_or_path).site


def read_site(name_or_path: str | Path) -> Loaded:
    """Like `load_site`, with the warnings."""
    folder = site_folder(name_or_path)
    document = read_folder(folder)
    site, problems = _validate(document)
    problems = document.problems + problems
    if site is None or problems:
        raise SiteError(folder.name, problems)
    return Loaded(site, (), folder)


def blueprint_names() -> list[str]:
    """The blueprints that come with medcloud."""
    return sorted(path.name for path in BLUEPRINTS.iterdir() if any(path.glob("*.yml")))


def site_folder(name_or_path: str | Path) -> Path:
    """The folder of a blueprint's name or of a path; raises MedcloudError (bad input) when it holds no site."""
    for folder in (BLUEPRINTS / name_or_path, Path(name_or_path)):
        if folder.is_dir() and any(folder.glob("*.yml")):
            return folder.resolve()
    if Path(name_or_path).is_dir():
        raise bad_input(f"{name_or_path}: the folder holds no *.yml file", "give the folder with the site's files")
    near = difflib.get_close_matches(str(name_or_path), blueprint_names(), n=1)
    hint = f"did you mean {near[0]}?" if near else f"blueprints: {', '.join(blueprint_names())}; or give a folder"
    raise bad_input(f"no site {name_or_path}: neither a blueprint nor a folder", hint)


def _validate(document: Document) -> tuple[Site | None, list[Problem]]:
    try:
        return Site.model_validate(document.data), []
    except ValidationError as error:
        return None, [_problem(document, detail) for detail in error.errors()]


def _problem(document: Document, detail: ErrorDetails) -> Problem:
    loc = detail["loc"]
    kind = detail["type"]
    if kind == "missing":
        return document.problem(loc[:-1], f"the key `{loc[-1]}` is missing", f"add `{loc[-1]}:`")
    if kind == "extra_forbidden":
        return document.problem(loc, f"unknown key `{loc[-1]}`", _key_hint(loc))
    if kind == "enum":
        return document.problem(loc, f"{detail['input']!r} is not allowed", _enum_hint(loc, str(detail["input"])))
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return document.problem(loc, f"{_shown(detail['input'])}: {message}")


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint naming the nearest known word, or all of them when none is near."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"known: {', '.join(names)}" if names else ""


def _key_hint(loc: Loc) -> str:
    model = _type_at(loc[:-1])
    return nearest(str(loc[-1]), model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else ""


def _enum_hint(loc: Loc, value: str) -> str:
    kind = _type_at(loc)
    return nearest(value, [str(m.value) for m in kind]) if isinstance(kind, type) and issubclass(kind, Enum) else ""


def _type_at(loc: Loc) -> Any:
    """The declared type at that path of the model, None when the path leaves it."""
    here: Any = Site
    for step in loc:
        here = _plain_type(here)
        if isinstance(here, type) and issubclass(here, BaseModel):
            info = here.model_fields.get(str(step))
            here = info.annotation if info else None
        else:
            arguments = [a for a in get_args(here) if a is not Ellipsis]
            here = arguments[-1] if arguments else None
    return _plain_type(here)


def _plain_type(kind: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        return next((a for a in get_args(kind) if a is not type(None)), None)
    return kind


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
