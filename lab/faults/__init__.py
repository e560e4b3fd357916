"""The faults a lab can have: file `<kind>.py` is the fault `<kind>`, and holds one subclass of `lab.fault.Fault`."""

from __future__ import annotations

import dataclasses
import difflib
import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from inventory.error import bad_input
from lab.fault import Fault, Record


def kinds() -> tuple[str, ...]:
    """Every fault there is."""
    return tuple(sorted(file.stem for file in Path(__file__).parent.glob("*.py") if file.stem != "__init__"))


def find(kind: str) -> type[Fault]:
    """The fault of that name; bad input that names the nearest one when there is none."""
    module = importlib.import_module(f"lab.faults.{known(kind, kinds(), 'fault')}")
    own = [item for item in vars(module).values() if isinstance(item, type) and item.__module__ == module.__name__]
    return next(item for item in own if issubclass(item, Fault))


def make(kind: str, params: Mapping[str, Any]) -> Fault:
    """A fault with these parameters; bad input when one is unknown, lacking or out of its bounds."""
    cls: Any = find(kind)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    for name in params:
        known(name, fields, f"parameter of `{kind}`")
    for name, field in fields.items():
        _check(kind, field, params.get(name, field.default))
    fault: Fault = cls(**params)
    return fault


def of(record: Record) -> Fault:
    """The fault that a record tells of."""
    return make(record.kind, record.params)


def known(word: str, names: Iterable[str], what: str) -> str:
    """The word itself when it is one of the names; bad input that names the nearest one otherwise."""
    stock = sorted(names)
    if word in stock:
        return word
    near = difflib.get_close_matches(word, stock, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(stock)}"
    raise bad_input(f"the lab has no {what} {word!r}", hint)


def _check(kind: str, field: Any, value: Any) -> None:
    name, bounds = field.name.replace("_", "-"), field.metadata
    if value is dataclasses.MISSING:
        raise bad_input(f"`{kind}` needs --{name}", bounds["help"])
    if "low" in bounds and not bounds["low"] <= value <= bounds["high"]:
        raise bad_input(f"`{kind}`: --{name} {value:g} is not within {bounds['low']:g} to {bounds['high']:g}")
    if bounds.get("choices") and value not in bounds["choices"]:
        raise bad_input(f"`{kind}`: --{name} {value!r} is none of {', '.join(bounds['choices'])}")
