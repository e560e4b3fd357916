"""Make two archives whole: what one has and the other lacks is copied, in both directions."""

from __future__ import annotations

from dr.context import Context, Evidence, wait_until
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
        f"{a}-to-{b}": _copy(context, params, a, b)
        for a, b in ((params.source, params.target), (params.target, params.source))
    }


def undo(context: Context, params: Params) -> Evidence:
    """A copy harms nobody: it stays."""
    return {}


def _copy(context: Context, params: Params, source: str, target: str) -> int:
    """How many images were copied. Tried again within the patience: the ways between two centres come back one by one,
    and an archive that answers us may not reach the other one yet."""
    archive = context.imaging(params.system)
    wanted = archive.stored(source) - archive.stored(target)

    def whole() -> bool:
        if lacking := wanted - archive.stored(target):
            archive.copy(source, lacking)
        return not wanted - archive.stored(target)

    what = f"{len(wanted)} images of {source} to be in {target} too"
    wait_until(context.clock, what, whole, params.patience, every=2.0)
    return len(wanted)
