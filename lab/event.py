"""Progress that the lab gives out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """`stage` is image, cable, machine or lab; `subject` what of it; `status` started, done or a word of its own."""

    stage: str
    subject: str
    status: str
    seconds: float = 0.0


OnEvent = Callable[[Event], None]


def ignore(event: Event) -> None:
    """For callers who want no progress."""
