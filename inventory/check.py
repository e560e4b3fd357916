"""The semantic checks together: what the types cannot say about a site."""

from __future__ import annotations

from inventory.checks import capacity, lab, names, network, placement, protection, recovery, references
from inventory.checks.finding import Finding
from inventory.model import Site


def check_site(site: Site, assumed: frozenset[str] = frozenset()) -> list[Finding]:
    """Everything wrong with the site, in no order; raises nothing. `assumed` names may be referred to all the same."""
    return [
        *names.find(site),
        *references.find(site, assumed),
        *network.find(site),
        *placement.find(site),
        *capacity.find(site),
        *protection.find(site),
        *recovery.find(site),
        *lab.find(site),
    ]
