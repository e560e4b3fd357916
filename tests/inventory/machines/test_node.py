from __future__ import annotations

from inventory.machines import machines
from inventory.machines.node import variables
from inventory.model import Site


def test_every_declared_host_is_counted(xiamen: Site) -> None:
    for node in (machine for machine in machines(xiamen) if machine.kind == "node"):
        centre = xiamen.centre(node.place)
        told = variables(xiamen, node)
        assert len(told["cloud_counted_hosts"]) == sum(group.count for group in centre.hosts)
        assert sum(told["storage_pools"].values()) == sum(pool.usable_gb for pool in centre.pools)


def test_a_node_has_room_for_its_instances(xiamen: Site) -> None:
    sizes = {machine.kind: machine.disk_gb for machine in machines(xiamen)}
    others = {size for kind, size in sizes.items() if kind not in ("node", "keeper", "repository")}
    assert sizes["node"] == 20 and others == {2}


def test_a_hospitals_own_nodes_keep_the_roles_defaults(xiamen: Site) -> None:
    node = next(machine for machine in machines(xiamen) if machine.kind == "node")
    assert "ovn_datapath" not in variables(xiamen.model_copy(update={"lab": None}), node)
