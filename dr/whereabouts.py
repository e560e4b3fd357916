"""Where the orchestrator stands: it must not be in the centre that its drill takes away."""

from __future__ import annotations

from dr.plan import Plan
from inventory.error import bad_input, refused
from inventory.machines import machines
from inventory.model import Site

_STRIKES = ("strike-centre", "fence-centre")  # what stands in that centre is cut off


def centre_of_host(site: Site, hostname: str) -> str | None:
    """The centre whose declared machine has that name; None for a host the model does not know."""
    short = hostname.partition(".")[0]
    return next((m.place for m in machines(site) if m.name == short and m.place in _centres(site)), None)


def refuse_victim(site: Site, plan: Plan, here: str | None) -> None:
    """Raises MedcloudError: bad input where `here` is no centre, refused where the plan would cut it off."""
    if here is None:
        return
    if here not in _centres(site):
        raise bad_input(f"{site.name} has no centre `{here}`", f"centres: {', '.join(_centres(site))}")
    victims = {call.params.get("centre") for call in plan.steps if call.step in _STRIKES}
    if here in victims:
        others = ", ".join(name for name in _centres(site) if name not in victims)
        raise refused(
            f"this machine stands in {here}, which {plan.name} takes away: it would cut off its own orchestrator",
            f"run it from another centre ({others}), or start `medcloud drill worker` there",
        )


def _centres(site: Site) -> tuple[str, ...]:
    return tuple(centre.name for centre in site.centres)
