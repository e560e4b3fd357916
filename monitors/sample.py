"""One value of a metric, before any exposition format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sample:
    """A gauge's value; samples of one name share help text and label names."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
