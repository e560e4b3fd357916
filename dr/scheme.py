"""The grading schemes: thresholds as data, with source and edition (`dr/data/grades.yaml`)."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from inventory.error import bad_input
from inventory.part import Name, Part, Text

DATA = Path(__file__).parent / "data" / "grades.yaml"


class By(StrEnum):
    """What proves a demand."""

    DRILL = "drill"
    RESTORE = "restore"
    POINT_IN_TIME = "point-in-time"
    LIVE_COPY = "live-copy"
    ADDRESS_MOVED = "address-moved"
    PERSON = "person"


class Demand(Part):
    """What a level asks beside its figures. `cost` only orders steps: 1 a document or a test, 5 new equipment."""

    text: Text
    by: By
    cost: int = Field(ge=1, le=5)
    do: Text


class Level(Part):
    """`rto`, `rpo`: the outage and the loss it allows, None where the source states none."""

    level: str
    rto: timedelta | None
    rpo: timedelta | None
    demands: tuple[Name, ...] = ()
    confidence: str


class Scheme(Part):
    """Levels in rising order; a level is reached only with every level below it."""

    scheme: Name
    title: Text
    edition: str
    source: str
    levels: tuple[Level, ...]


class Schemes(Part):
    demands: dict[Name, Demand]
    schemes: tuple[Scheme, ...]


@cache
def schemes(path: Path = DATA) -> Schemes:
    """All schemes; MedcloudError (bad input) naming a demand that a level asks for and nothing defines."""
    try:
        found = Schemes.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValueError, yaml.YAMLError) as error:
        raise bad_input(f"{path}: {error}", "every level needs level, rto, rpo and confidence") from None
    asked = {name for scheme in found.schemes for level in scheme.levels for name in level.demands}
    if unknown := asked - set(found.demands):
        raise bad_input(f"{path}: no demand {', '.join(sorted(unknown))}", "define it under demands:")
    return found
