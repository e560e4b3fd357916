"""The centres' stacks as commands use them: one operation over all centres, told as it goes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cli.access import cloud_access, deployed_centres
from cli.context import SiteContext
from inventory.error import MedcloudError

if TYPE_CHECKING:
    from stacks.deploy import Deployment
    from stacks.result import StackEvent, StackResult

MADE = ("pulumi", "apply.json")  # of the site's state folder, what only tells of the clouds that stand now
KEPT_WITH_MACHINES = (*MADE, "secrets")  # what fits to the machines' disks of one moment
Operation = Callable[["Deployment"], "StackResult"]


def over_centres(
    context: SiteContext, operation: Operation, say: Callable[[str], None], only: str | None = None
) -> list[StackResult]:
    """Run plan, apply or destroy on every deployed centre's stack, or on one; MedcloudError for an unknown centre."""
    centres = deployed_centres(context)
    if only and only not in centres:
        raise MedcloudError(f"no deployed centre is called {only!r}", f"there are: {', '.join(centres)}", "input")
    from stacks.deploy import side_by_side

    return side_by_side(operation, [deployment(context, name, say) for name in centres if only in (None, name)])


def forget_clouds(context: SiteContext) -> None:
    """Drop the stacks' state and the last apply's summary: the machines that held these clouds are gone."""
    for path in (context.state / name for name in MADE):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def deployment(context: SiteContext, centre: str, say: Callable[[str], None]) -> Deployment:
    """What a stack operation on that centre needs."""
    from stacks.deploy import Deployment

    return Deployment(
        site=context.site,
        centre=context.site.centre(centre),
        access=cloud_access(context, centre),
        inputs=_inputs(context),
        state_dir=context.state,
        cache_dir=context.cache,
        passphrase=context.passphrase,
        on_event=lambda event: _tell(event, say),
    )


def _inputs(context: SiteContext) -> Any:
    from stacks.program import CentreInputs, MachineImage

    key = context.key_file.with_suffix(".pub")
    if not key.exists():
        raise MedcloudError(
            f"there is no operator key {key}",
            "bring the lab up (`medcloud lab up`), or put the operators' SSH key there",
        )
    image, content = context.state / "images" / "instance.qcow2", context.state / "images" / "instance.id"
    found = MachineImage(image, content.read_text().strip()) if image.exists() and content.exists() else None
    return CentreInputs(public_key=key.read_text().strip(), image=found)


def _tell(event: StackEvent, say: Callable[[str], None]) -> None:
    what = event.text or f"{event.op} {event.kind} {event.name}: {event.status}"
    say(f"{event.centre}: {what}")


def summary_rows(results: list[StackResult]) -> list[tuple[object, ...]]:
    """One row per centre for a table: resources, and how many per operation, drift, seconds."""
    return [
        (
            result.centre,
            len(result.resources),
            *(result.counts[op] for op in result.counts),
            len(result.drifted),
            f"{result.seconds:.1f}",
        )
        for result in results
    ]


def summary_columns() -> tuple[str, ...]:
    """The titles of `summary_rows`."""
    from stacks.result import Op

    return ("centre", "resources", *(op.value for op in Op), "drift", "seconds")
