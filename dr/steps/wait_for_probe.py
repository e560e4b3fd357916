"""Wait until a probe of `monitors` sees what it should: `reading` is a dotted path in its answer."""

from __future__ import annotations

from typing import Any

from dr.context import Context, Evidence, wait_until
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    """For example probe `replication`, target `his-database`, reading `leader`, wanted `his-database-gaodian-1`."""

    probe: str
    target: str
    reading: str
    wanted: str | int | float | bool
    patience: float = 120.0
    every: float = 1.0


def check(context: Context, params: Params) -> None:
    """The probe answers, and its answer has that reading."""
    _read(context, params)


def run(context: Context, params: Params) -> Evidence:
    """Look until it is so."""
    started = context.clock.monotonic()
    what = f"{params.probe} of {params.target} to read {params.reading} = {params.wanted}"
    seen = wait_until(
        context.clock, what, lambda: _read(context, params) == params.wanted, params.patience, params.every
    )
    return {"seen": seen, "after_seconds": round(context.clock.monotonic() - started, 3)}


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}


def _read(context: Context, params: Params) -> Any:
    value: Any = context.probe(params.probe, params.target)
    for key in params.reading.split("."):
        try:
            value = value[int(key)] if isinstance(value, list | tuple) else value[key]
        except (KeyError, IndexError, ValueError, TypeError):
            known = ", ".join(sorted(map(str, value))) if isinstance(value, dict) else type(value).__name__
            raise MedcloudError(f"{params.probe} of {params.target} has no reading {params.reading}", known) from None
    return value
