"""What a plan, apply, destroy or drift check of one centre's stack found or did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Op(StrEnum):
    """What happens to a resource; `same` when nothing does."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    SAME = "same"


@dataclass(frozen=True)
class ResourceChange:
    """One resource of a stack. `drift`: the cloud was found different from the last known state; `fields`: in what."""

    urn: str
    kind: str
    name: str
    op: Op
    fields: tuple[str, ...] = ()
    drift: bool = False


@dataclass(frozen=True)
class StackResult:
    """One operation on one centre's stack; `outputs` are the stack's own, never secret."""

    stack: str
    centre: str
    operation: str
    resources: tuple[ResourceChange, ...]
    outputs: Mapping[str, Any]
    seconds: float

    @property
    def changes(self) -> tuple[ResourceChange, ...]:
        """Everything that is not as it should be (or was not, after an apply)."""
        return tuple(item for item in self.resources if item.op is not Op.SAME or item.drift)

    @property
    def counts(self) -> dict[Op, int]:
        """How many resources per operation, every operation named."""
        return {op: sum(1 for item in self.resources if item.op is op) for op in Op}

    @property
    def drifted(self) -> tuple[ResourceChange, ...]:
        return tuple(item for item in self.resources if item.drift)


@dataclass(frozen=True)
class StackEvent:
    """Progress of an operation. `status` is started, done, failed, drift or note; notes and failures have a `text`."""

    centre: str
    status: str
    kind: str = ""
    name: str = ""
    op: str = ""
    text: str = ""


OnEvent = Callable[[StackEvent], None]
