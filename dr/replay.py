"""Reads a run's journal and ledger again and has them checked for a split brain."""

from __future__ import annotations

from dr.checker import Report, check, leases_of
from dr.ledger import judge
from dr.runs import Run
from inventory.error import MedcloudError
from inventory.model import Software
from inventory.placement import machine_instances


def replay(run: Run) -> dict[str, Report]:
    """What the checker finds for every database that the run moved; MedcloudError when there is no ledger to read."""
    path = run.folder / "ledger.jsonl"
    if not path.exists():
        raise MedcloudError(f"{run.run_id} has no ledger", "a run measures before it has one")
    site, ledger = run.site, judge.parse(path.read_text(encoding="utf-8"))
    found = {}
    for name in run.plan.moved:
        if site.system(name).software is Software.POSTGRESQL:
            centres = {str(i.address): i.centre for i in machine_instances(site) if i.system.name == name}
            rows = [row for row in ledger.rows if row.server in centres]
            found[name] = check(rows, centres, leases_of(run.lines, name))
    return found
