"""What a cloud resource is, declaratively: its fields, where it lives, how it is found again and when it is ready.

A file in `stacks/resources/` holds one `SPEC`. Most kinds need fields only: the rest follows openstacksdk's naming
(`create_<noun>`, `get_<noun>`, `<plural>`, `update_<noun>`, `delete_<noun>`). A kind that differs says so by a hook.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from inventory.error import MedcloudError

Inputs = dict[str, Any]  # the declared properties of one resource, plain values
ADOPTION = float("inf")  # age of a listing that may be as old as the process: what stood there when we started
Thing = Any  # what openstacksdk returns: attributes `id`, `name` and the kind's own


class Unknown:
    """A value that only exists once another resource does (in previews); it differs from every other value."""


class Mark(StrEnum):
    """Where a kind bears the sign of the site that owns it, written by the very call that creates it."""

    DESCRIPTION = "description"
    METADATA = "metadata"
    PROPERTY = "property"  # an image's extra property
    NONE = "none"  # the kind has no room for one: its name and project must do


class View(Protocol):
    """What a hook sees of the cloud: the connection in the right project, the administrator's, and listings."""

    @property
    def conn(self) -> Any: ...

    @property
    def admin(self) -> Any: ...

    @property
    def owner(self) -> str: ...

    def listing(self, service: str, plural: str, max_age: float = ..., **query: Any) -> Mapping[str, Thing]: ...

    def drop(self, service: str, plural: str, thing_id: str) -> None: ...


@dataclass(frozen=True)
class Field:
    """One property. `attr` is its name in openstacksdk, `replace` means that a change needs a new resource.

    `unordered` lists are compared as sets; `write_only` ones cannot be read back, so the state remembers them.
    """

    type: type = str
    attr: str | None = None
    replace: bool = False
    required: bool = True
    default: Any = None
    unordered: bool = False
    write_only: bool = False

    def normal(self, value: Any) -> Any:
        """The value in the form in which two are compared: whole numbers as int, sets sorted, None as the default."""
        if value is None:
            return self.default
        if self.type is int:
            return int(value)
        if self.type is list:
            items = [_plain(item) for item in value]
            return sorted(items, key=_sort_key) if self.unordered else items
        return _plain(value) if self.type is dict else self.type(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _sort_key(item: Any) -> str:
    return json.dumps(item, sort_keys=True, default=str)


@dataclass(frozen=True)
class Spec:
    """A kind of resource. `tenant` kinds live in the project named by their `project_id`, others belong to the cloud.

    `busy` are the statuses to wait out after a create (empty: no wait, also not after a delete), `failed` those that
    are faults. `query` narrows a listing to the resource's own project. Hooks replace the generic call of their name;
    `settle` runs after every create and adoption and must be safe to run twice, `cleanup` after a delete. `matches`
    tells the wanted one from others of its name.
    """

    kind: str
    service: str
    noun: str
    plural: str
    fields: Mapping[str, Field]
    tenant: bool = True
    mark: Mark = Mark.DESCRIPTION
    busy: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset({"ERROR", "error", "killed"})
    busy_query: Mapping[str, Any] = field(default_factory=dict)  # lists cheaply those that are still busy
    stale: frozenset[str] = frozenset()  # in these an existing one is deleted and made again, not adopted
    query: tuple[str, ...] = ()
    listed: bool = True  # False: never searched by name (it belongs to another resource)
    twins: bool = False  # True: two of one name may stand side by side, a replacement is made before the old one goes
    create: Callable[[View, Inputs], Thing] | None = None
    get: Callable[[View, str, Inputs], Thing | None] | None = None
    read: Callable[[View, Thing], Inputs] | None = None
    update: Callable[[View, Thing, Inputs, Inputs], None] | None = None
    delete: Callable[[View, str, Inputs], None] | None = None
    settle: Callable[[View, Thing, Inputs], None] | None = None
    cleanup: Callable[[View, Inputs], None] | None = None
    fault: Callable[[Thing], str] | None = None
    matches: Callable[[Thing, Inputs], bool] | None = None
    name_of: Callable[[Thing], str] | None = None
    outputs: Mapping[str, Callable[[View, Thing], Any]] = field(default_factory=dict)

    def key(self, inputs: Inputs) -> str:
        """The name by which the resource is found again."""
        return str(inputs.get("name", ""))

    def changes(self, state: Inputs, wish: Inputs) -> list[str]:
        """The fields in which the wish differs from the state."""
        return [
            name
            for name, field in self.fields.items()
            if _unknown(wish.get(name)) or field.normal(wish.get(name)) != field.normal(state.get(name))
        ]


def _unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_unknown(item) for item in value.values())
    return any(_unknown(item) for item in value) if isinstance(value, list) else isinstance(value, Unknown)


def kinds() -> tuple[str, ...]:
    """Every kind there is: the file names of `stacks/resources/`."""
    package = import_module("stacks.resources")
    return tuple(sorted(module.name for module in iter_modules(package.__path__)))


def load(kind: str) -> Spec:
    """The spec of that kind. Raises MedcloudError when there is none."""
    if kind not in kinds():
        raise MedcloudError(f"no cloud resource is called {kind!r}", f"there are: {', '.join(kinds())}")
    spec = import_module(f"stacks.resources.{kind}").SPEC
    assert isinstance(spec, Spec)
    return spec
