"""Turns the Pulumi engine's event stream into our events and, at the end, into one change per resource."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from stacks.result import OnEvent, Op, ResourceChange, StackEvent

TYPE = "medcloud:index:"
OPS = {
    "same": Op.SAME,
    "create": Op.CREATE,
    "update": Op.UPDATE,
    "delete": Op.DELETE,
    "replace": Op.REPLACE,
    "create-replacement": Op.REPLACE,
    "delete-replaced": Op.REPLACE,
    "discard-replaced": Op.REPLACE,
    "import": Op.SAME,
    "read": Op.SAME,
}
RANK = (Op.SAME, Op.DELETE, Op.UPDATE, Op.CREATE, Op.REPLACE)


@dataclass
class Progress:
    """Collects one operation. `errors` are the messages of the resources that failed."""

    centre: str
    on_event: OnEvent
    changes: dict[str, ResourceChange] = field(default_factory=dict)
    drift: dict[str, tuple[str, ...]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def __call__(self, event: Any) -> None:
        """One engine event."""
        if event.resource_pre_event:
            self._started(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._done(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._say(event.res_op_failed_event.metadata, "failed")
        elif event.diagnostic_event and event.diagnostic_event.severity == "error":
            self._diagnosed(event.diagnostic_event)

    def resources(self) -> tuple[ResourceChange, ...]:
        """One change per resource, drift noted, in the order in which they were seen."""
        gone = {urn: _change(urn, Op.DELETE) for urn in self.drift if urn not in self.changes}
        return tuple(
            replace(change, drift=urn in self.drift, fields=change.fields or self.drift.get(urn, ()))
            for urn, change in (self.changes | gone).items()
        )

    def _started(self, step: Any) -> None:
        op = OPS.get(str(step.op.value))
        if op is None or TYPE not in step.type:
            return
        before = self.changes.get(step.urn)
        if before is None or RANK.index(op) > RANK.index(before.op):
            self.changes[step.urn] = replace(_change(step.urn, op), fields=_fields(step, op))
        if op is not Op.SAME:
            self._say(step, "started")

    def _done(self, step: Any) -> None:
        if TYPE not in step.type:
            return
        if step.op.value == "refresh":
            self._refreshed(step)
        elif OPS.get(str(step.op.value)) is not Op.SAME:
            self._say(step, "done")

    def _refreshed(self, step: Any) -> None:
        before = step.old.outputs if step.old else {}
        after = step.new.outputs if step.new else None
        changed = (
            ("missing",)
            if after is None
            else tuple(sorted(key for key in {*before, *after} if before.get(key) != after.get(key)))
        )
        if changed:
            self.drift[step.urn] = changed
            self._say(step, "drift")

    def _diagnosed(self, diagnostic: Any) -> None:
        text = first_words(diagnostic.message)
        if diagnostic.urn and TYPE in diagnostic.urn and text:
            self.errors.append(text)
            kind, name = _identity(diagnostic.urn)
            self.on_event(StackEvent(self.centre, "failed", kind, name, text=text))

    def _say(self, step: Any, status: str) -> None:
        kind, name = _identity(step.urn)
        self.on_event(StackEvent(self.centre, status, kind, name, str(step.op.value)))


def first_words(message: str) -> str:
    """The provider's own message: without colours and without the stack trace that Pulumi's server adds."""
    plain = re.sub(r"<\{%.*?%\}>", "", message).split(':\n  File "')[0]
    return re.sub(r"^(Preview failed: |Unexpected <class '[^']*'>: )+", "", plain.strip())


def _identity(urn: str) -> tuple[str, str]:
    resource_type, _, name = urn.rpartition("::")
    return resource_type.rpartition(":")[2], name


def _change(urn: str, op: Op) -> ResourceChange:
    kind, name = _identity(urn)
    return ResourceChange(urn, kind, name, op)


def _fields(step: Any, op: Op) -> tuple[str, ...]:
    return tuple(step.keys or step.diffs or ()) if op in (Op.UPDATE, Op.REPLACE) else ()
