"""Progress that the lab gives out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    """`stage` is image, cable, machine or lab; `subject` what of it; `status` started, done or a word of its own.

    A machine is `ready` so many seconds after the lab began to lay cables.
    """

    stage: str
    subject: str
    status: str
    seconds: float = 0.0


@dataclass
class Times:
    """How long the parts of an operation took, in seconds: pass `note` the events, read `found` at the end."""

    found: dict[str, float] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Images and lines one by one; of the machines the first and the last that answers."""
        if not event.seconds:
            return
        if event.stage != "machine":
            self.found[f"{event.stage} {event.subject}"] = round(event.seconds, 2)
        elif event.status == "ready":
            self.found.setdefault("first SSH", round(event.seconds, 2))
            self.found["last SSH"] = max(self.found.get("last SSH", 0.0), round(event.seconds, 2))


OnEvent = Callable[[Event], None]


def ignore(event: Event) -> None:
    """For callers who want no progress."""
