"""Load a site: files to a frozen `Site`, or one error that lists everything that is wrong, each with file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from inventory.check import check_site
from inventory.checks.finding import Finding, Loc, nearest
from inventory.document import Document, Problem, read_folder
from inventory.error import MedcloudError, bad_input
from inventory.model import Site

BLUEPRINTS = Path(__file__).parent / "blueprints"

_NUMBER = ("must be a whole number", "such as 3, without quotes or units")
_TEXT = ("must be a text", "put it in quotes")
_LIST = ("must be a list", "write [one, two] or one `- item` a line")
_MAPPING = ("must be a mapping of keys", "write `key: value` lines")
_DURATION = ("must be an ISO 8601 duration", "such as PT15M, PT4H or P1D")
_NETWORK = ("must be an IPv4 network", "such as 10.21.10.0/24, with no bits set behind the mask")
_WORDS = {  # Pydantic's kinds of error -> what to say and what to do
    "int_parsing": _NUMBER,
    "int_type": _NUMBER,
    "int_from_float": _NUMBER,
    "float_parsing": ("must be a number", "such as 0.5"),
    "float_type": ("must be a number", "such as 0.5"),
    "bool_parsing": ("must be true or false", ""),
    "bool_type": ("must be true or false", ""),
    "string_type": _TEXT,
    "tuple_type": _LIST,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "time_delta_parsing": _DURATION,
    "time_delta_type": _DURATION,
    "ip_v4_network": _NETWORK,
    "date_parsing": ("must be a date", "such as 2027-06-30"),
    "date_from_datetime_parsing": ("must be a date", "such as 2027-06-30"),
}


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
    """A valid site with the warnings it earned, the folder it came from and its text with positions."""

    site: Site
    warnings: tuple[Problem, ...]
    folder: Path
    document: Document


def load_site(name_or_path: str | Path) -> Site:
    """The site of a blueprint's name or of a folder of *.yml files; raises SiteError (exit 2) with all problems."""
    return read_site(name_or_path).site


def read_site(name_or_path: str | Path) -> Loaded:
    """Like `load_site`, with the warnings."""
    folder = site_folder(name_or_path)
    document = read_folder(folder)
    site, findings = _validate(document)
    problems = document.problems + [_from_finding(document, f) for f in findings if not f.warning]
    if site is None or problems:
        raise SiteError(folder.name, problems)
    return Loaded(site, tuple(_from_finding(document, f) for f in findings), folder, document)


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


def _validate(document: Document) -> tuple[Site | None, list[Finding]]:
    """The site, or None, with what is wrong. Wrong items are left out and the rest is checked all the same, so that
    one typing error does not hide the others."""
    try:
        site = Site.model_validate(document.data)
    except ValidationError as error:
        details = _without_echoes(error.errors(include_url=False))
        if not document.whole:  # the unread file may hold what seems to be missing
            return None, [_finding(detail) for detail in details if len(detail["loc"]) > 1]
        return None, [_finding(detail) for detail in details] + _check_rest(document.data, details)
    return site, check_site(site) if document.whole else []


def _without_echoes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """A misspelt key is unknown, and the right one missing: only the first is told, its hint names the second."""
    unknown = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]

    def echoes(detail: ErrorDetails) -> bool:
        siblings = [str(loc[-1]) for loc in unknown if loc[:-1] == detail["loc"][:-1]]
        return detail["type"] == "missing" and bool(difflib.get_close_matches(str(detail["loc"][-1]), siblings, n=1))

    return [detail for detail in details if not echoes(detail)]


def _check_rest(data: dict[str, Any], details: list[ErrorDetails]) -> list[Finding]:
    """Findings of the site without its wrong items; none when too little is left to judge."""
    wrong = {detail["loc"][:2] for detail in details}
    rest: dict[str, Any] = {"name": "rest", "title": {"zh": "", "en": ""}, "source": "", "baseline": {}}
    moved: dict[tuple[str, int], int] = {}
    assumed: set[str] = set()
    for key, value in data.items():
        if not isinstance(value, list):
            rest |= {} if any(loc[0] == key for loc in wrong) else {key: value}
            continue
        kept = [number for number in range(len(value)) if (key, number) not in wrong]
        rest[key] = [value[number] for number in kept]
        moved |= {(key, new): old for new, old in enumerate(kept)}
        gone = [item for number, item in enumerate(value) if number not in kept and isinstance(item, dict)]
        assumed |= {str(item.get("name")) for item in gone}
    try:
        site = Site.model_validate(rest)
    except ValidationError:
        return []
    return [_moved(finding, moved) for finding in check_site(site, frozenset(assumed))]


def _moved(finding: Finding, moved: dict[tuple[str, int], int]) -> Finding:
    """The finding with the positions that its items have in the files."""

    def back(loc: Loc) -> Loc:
        if len(loc) > 1 and isinstance(loc[1], int):
            return (loc[0], moved[str(loc[0]), loc[1]], *loc[2:])
        return loc

    return replace(finding, loc=back(finding.loc), see=back(finding.see) if finding.see else None)


def _from_finding(document: Document, finding: Finding) -> Problem:
    hint = finding.hint
    if finding.see:
        mark = document.mark(finding.see)
        hint = f"{hint}; see {mark.file}:{mark.line}" if hint else f"see {mark.file}:{mark.line}"
    return document.problem(finding.loc, finding.message, hint)


def _finding(detail: ErrorDetails) -> Finding:
    """A shape error of Pydantic's in the user's words."""
    loc, kind, value = detail["loc"], detail["type"], detail["input"]
    if kind == "missing":
        return Finding(loc[:-1], f"the key `{loc[-1]}` is missing", f"add `{loc[-1]}:`")
    if kind == "extra_forbidden":
        return Finding(loc, f"unknown key `{loc[-1]}`", _key_hint(loc))
    if kind == "enum":
        return Finding(loc, f"`{value}` is not allowed here", _enum_hint(loc, str(value)))
    if loc[-1] == "[key]":
        loc = loc[:-1]
    if kind == "string_pattern_mismatch" and detail["ctx"]["pattern"].startswith("^[a-z]"):
        return Finding(
            loc, f"`{value}` is not a name", "use lower-case words joined by hyphens, such as `his-database`"
        )
    message, hint = _WORDS.get(kind, (detail["msg"][0].lower() + detail["msg"][1:], ""))
    return Finding(loc, f"{message}, not {_shown(value)}" if kind in _WORDS else f"{message}: {_shown(value)}", hint)


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
