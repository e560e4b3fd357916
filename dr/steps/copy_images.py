"""Make two archives whole: what one has and the other lacks is copied, in both directions."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
from inventory.error import MedcloudError
from inventory.model import Part


class Params(Part):
    system: str
    source: str
    target: str
    patience: float = 120.0


def check(context: Context, params: Params) -> None:
    """Both archives answer."""
    archive = context.imaging(params.system)

    def both() -> bool:
        return archive.answers(params.source) and archive.answers(params.target)

    wait_until(context.clock, f"both archives of {params.system} to answer", both, params.patience)


def run(context: Context, params: Params) -> Evidence:
    """Compare and copy until the target has everything that the source had, and the other way round."""
    return {
        f"{a}-to-{b}": _copy(context, params.system, a, b)
        for a, b in ((params.source, params.target), (params.target, params.source))
    }


def undo(context: Context, params: Params) -> Evidence:
    """A copy harms nobody: it stays."""
    return {}


def _copy(context: Context, system: str, source: str, target: str) -> int:
    archive = context.imaging(system)
    wanted = archive.stored(source) - archive.stored(target)
    if wanted:
        archive.copy(source, wanted)
    lacking = wanted - archive.stored(target)
    if lacking:
        raise MedcloudError(f"{system} in {target} still lacks {len(lacking)} images of {source}")
    return len(wanted)
