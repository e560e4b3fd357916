from __future__ import annotations

from inventory.machines import machines
from inventory.machines.router import variables
from inventory.model import Site


def test_a_router_offers_what_stands_behind_it(xiamen: Site) -> None:
    told = {m.place: variables(xiamen, m) for m in machines(xiamen) if m.kind == "router"}
    homes = {place: {s["system"]: s["home"] for s in found["services"]} for place, found in told.items()}
    assert homes["software-park-2"] == {"his-database": True, "pacs": True}
    assert homes["gaodian"] == {"his-database": False, "pacs": False}
    backends = [b["name"] for s in told["gaodian"]["services"] for b in s["backends"]]
    assert all("-gaodian-" in name for name in backends)


def test_the_first_carrier_is_preferred(xiamen: Site) -> None:
    router = next(machine for machine in machines(xiamen) if machine.kind == "router")
    by_carrier = {line["carrier"]: line["preference"] for line in variables(xiamen, router)["lines"]}
    assert by_carrier["telecom"] > by_carrier["unicom"]
