"""The 257 items of GB/T 22239-2019 level 3 (general and cloud), as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from compliance.finding import Words

DATA = Path(__file__).parent / "data" / "mlps_l3.yaml"


@dataclass(frozen=True)
class Item:
    """One requirement. `id` is the unit code of GB/T 28448, `automation` is auto, partial or manual.

    `partial_allowed` false: evidence that holds only in part does not conform. `optional` items are worded "may".
    `high_risk_case` and `major_risk_trigger` number the case in the high-risk guide and the report template, or None.
    """

    id: str
    clause: str
    layer_code: str
    layer: str
    scope: str
    control_point: Words
    text: Words
    automation: str
    partial_allowed: bool
    optional: bool
    high_risk_case: str | None
    major_risk_trigger: str | None

    @property
    def point(self) -> tuple[str, str, str]:
        """What names its control point: layer, scope (general or cloud) and Chinese title."""
        return (self.layer_code, self.scope, self.control_point.zh)


def load(path: Path = DATA) -> tuple[Item, ...]:
    """All items in the order of the standard."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(_item(raw) for raw in yaml.load(path.read_text(encoding="utf-8"), Loader=loader))


def _item(raw: dict[str, Any]) -> Item:
    return Item(
        id=raw["id"],
        clause=raw["clause"],
        layer_code=raw["layer_code"],
        layer=raw["layer"],
        scope=raw["scope"],
        control_point=Words(raw["control_point_zh"], raw["control_point_en"]),
        text=Words(raw["item_zh"], raw["item_en"]),
        automation=raw["automation"],
        partial_allowed=raw["partial_allowed"],
        optional=bool(raw.get("optional_wording", False)),
        high_risk_case=raw["high_risk_case"],
        major_risk_trigger=raw["major_risk_trigger"],
    )
