"""Blind promotion: production cannot be asked and nothing proves it silent. Only people may accept that, in writing."""

from __future__ import annotations

from collections.abc import Iterable

from dr.context import Context
from inventory.error import refused


def accept_blind(context: Context, system: str, source: str, doubts: Iterable[str]) -> str:
    """Who accepted in writing that the source is not proved silent. MedcloudError (refused) when nobody did."""
    raise refused(
        f"{source} is not proved silent for {system}: {'; '.join(doubts)}",
        "fence it on the routers that are left; a blind promotion needs a written acceptance",
    )
