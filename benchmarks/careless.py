"""A promotion broken on purpose: no fence, no lease, no word of etcd. The checker must catch what it does."""

from __future__ import annotations

from dr.context import Context


def promote(context: Context, system: str, target: str) -> None:
    """To be filled in: see below."""
    raise NotImplementedError(context, system, target)
