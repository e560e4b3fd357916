"""What the lab profile asks for must be something the lab can run."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.checks.capacity import demands
from inventory.checks.finding import Finding
from inventory.model import Site


def find(site: Site) -> Iterator[Finding]:
    """Machines of systems that stand in none of the lab's centres; a lab without a centre."""
    if site.lab is None:
        return
    if not site.lab.centres:
        yield Finding(("lab", "centres"), "a lab needs a centre", "name the centres to rehearse")
    known = {system.name for system in site.systems}
    here = {d.system.name for d in demands(site) if d.centre in site.lab.centres}
    for name in site.lab.machines:
        if name in known and name not in here:
            message = f"{name} stands in none of the lab's centres"
            yield Finding(("lab", "machines", name), message, "add its centre to `lab.centres` or leave it out")
