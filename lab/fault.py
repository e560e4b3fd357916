"""What a fault is: something broken on purpose, at a target, until it is healed. The faults are in `lab/faults/`."""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from lab.condition import Condition
    from lab.scene import Scene
    from lab.wiring import Line

BETWEEN = "/"  # between the two places of a pair


class Aim(StrEnum):
    """What kind of thing a fault is done to."""

    LINE = "line"  # or a conduit: every line that lies in it
    MACHINE = "machine"
    PLACE = "place"
    PAIR = "pair"  # two places, "a/b" in the order of the alphabet


@dataclass(frozen=True)
class Fault:
    """Base of all faults: a frozen dataclass whose fields are its parameters.

    A fault says what it does to lines (`bend`, pure), to a machine's power (`powerless`) or does it itself (`apply`,
    `heal`). Both may find their work half or wholly done: they are repeated by every `up` and after a killed command.
    """

    aim: ClassVar[Aim]
    powerless: ClassVar[bool] = False  # the machine is kept without power
    by_chance: ClassVar[bool] = True  # a storm may choose it

    @property
    def part(self) -> str:
        """Which part of its target it is done to: two on different parts are two faults."""
        return ""

    @property
    def indoors(self) -> bool:
        """Whether it is done inside the machine, so only while that has power."""
        return False

    def sentence(self, target: str) -> str:
        """What is broken, for people."""
        raise NotImplementedError

    def check(self, scene: Scene, target: str) -> None:
        """MedcloudError when it cannot be done there; nothing is touched."""

    def bend(self, scene: Scene, target: str, line: Line, condition: Condition) -> Condition:
        """The condition that this fault leaves a line in."""
        return condition

    def silences(self, target: str, machine: str, place: str) -> bool:
        """Whether operators cannot reach that machine as long as this holds."""
        return False

    def apply(self, scene: Scene, target: str) -> None:
        """Do it."""

    def heal(self, scene: Scene, target: str) -> None:
        """Undo it; nothing of it is left."""

    @classmethod
    def drawn(cls, dice: random.Random) -> Fault:
        """One as a storm would have it: every number anywhere in its range for storms."""
        chosen = [field for field in dataclasses.fields(cls) if "likely" in field.metadata]
        return cls(**{field.name: round(dice.uniform(*field.metadata["likely"]), 3) for field in chosen})


class LineFault(Fault):
    """A fault of one line, or of every line in a conduit."""

    aim: ClassVar[Aim] = Aim.LINE

    def bend(self, scene: Scene, target: str, line: Line, condition: Condition) -> Condition:
        return self.on(condition) if target in (line.name, line.path) else condition

    def on(self, condition: Condition) -> Condition:
        """The condition that it leaves its line in."""
        raise NotImplementedError


class MachineFault(Fault):
    """A fault of one machine."""

    aim: ClassVar[Aim] = Aim.MACHINE


class IndoorFault(MachineFault):
    """A fault inside a machine that has power."""

    @property
    def indoors(self) -> bool:
        return True


def number(default: float, low: float, high: float, help: str, likely: tuple[float, float] | None = None) -> Any:
    """A parameter between `low` and `high`; a storm draws it from `likely` (none: it keeps the default)."""
    metadata = {"low": low, "high": high, "help": help} | ({"likely": likely} if likely else {})
    return dataclasses.field(default=default, metadata=metadata)


def option(default: Any, help: str, choices: tuple[str, ...] = ()) -> Any:
    """A parameter that is a word or a yes-or-no."""
    return dataclasses.field(default=default, metadata={"help": help, "choices": choices})


def required(help: str) -> Any:
    """A word that the user must give."""
    return dataclasses.field(metadata={"help": help})


@dataclass(frozen=True)
class Record:
    """A fault as the lab remembers it, made `since` then (ISO 8601, UTC); `healing` says that its end has begun."""

    kind: str
    target: str
    params: dict[str, Any]
    since: str
    part: str = ""
    healing: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.target, self.part

    def concerns(self, target: str | None, kind: str | None) -> bool:
        """Whether a user who says `heal target` (and which kind) means this one; a place means its pairs too."""
        named = target is None or target == self.target or target in self.target.split(BETWEEN)
        return named and kind in (None, self.kind)
